// Command traces records large traces of itself: of allocations, or of goroutines that talk.
//
//	traces alloc|sched MEGABYTES FILE
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/trace"
	"strconv"
	"sync"
)

type node struct {
	next *node
	name string
	data [6]int64
}

var sink [64]any
var keep = make([]*node, 20000)

type counter struct {
	w *bufio.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) { c.n += int64(len(p)); return c.w.Write(p) }

func main() {
	mode := os.Args[1]
	limit, _ := strconv.ParseInt(os.Args[2], 10, 64)
	f, _ := os.Create(os.Args[3])
	c := &counter{w: bufio.NewWriterSize(f, 1<<20)}
	trace.Start(c)
	switch mode {
	case "alloc":
		x := uint32(1)
		for c.n < limit<<20 {
			for i := 0; i < 10000; i++ {
				x = x*1664525 + 1013904223
				switch x >> 28 {
				case 0, 1, 2, 3, 4, 5:
					sink[i&63] = make([]byte, int(x>>20&1023)+17)
				case 6, 7, 8:
					keep[int(x>>8)%len(keep)] = &node{name: "x"}
				case 9, 10:
					sink[i&63] = new(int64)
				case 11:
					sink[i&63] = make([]*node, int(x>>20&255)+1)
				default:
					s := fmt.Sprint(i)
					sink[i&63] = s
				}
			}
			runtime.Gosched()
		}
	case "sched":
		var wg sync.WaitGroup
		for w := 0; w < 8; w++ {
			a, b := make(chan int), make(chan int)
			wg.Add(2)
			go func() {
				defer wg.Done()
				for v := range a {
					b <- v
				}
				close(b)
			}()
			go func() {
				defer wg.Done()
				for c.n < limit<<20 {
					for i := 0; i < 100; i++ {
						a <- i
						<-b
					}
					done := make(chan bool)
					go func() { sink[0] = make([]byte, 512); done <- true }()
					<-done
				}
				close(a)
			}()
		}
		wg.Wait()
	}
	trace.Stop()
	c.w.Flush()
	f.Close()
}
