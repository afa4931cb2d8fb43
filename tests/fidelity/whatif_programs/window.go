// What every program here does around its work: with a file as argument it records a trace, and it
// says when its work begins and ends between the lines that GODEBUG=gcpacertrace=1 prints.
package main

import (
	"os"
	"runtime"
	"runtime/trace"
	"sync"
)

// deepen grows the stack once, so that it need not grow while events are written: from Go 1.24 on
// that can damage a trace.
func deepen(n int) int {
	var room [1024]byte
	room[n%len(room)] = byte(n)
	if n == 0 {
		return int(room[0])
	}
	return deepen(n-1) + int(room[n%len(room)])
}

// window runs work on as many goroutines as there are Ps; each is told its number.
func window(work func(worker, workers int)) {
	workers := runtime.GOMAXPROCS(0)
	ready, start := make(chan struct{}), make(chan struct{})
	var done sync.WaitGroup
	for worker := range workers {
		done.Add(1)
		go func() {
			defer done.Done()
			deepen(64)
			ready <- struct{}{}
			<-start
			work(worker, workers)
		}()
	}
	for range workers {
		<-ready
	}
	runtime.GC() // so that no sweep is under way when the work begins
	isTraced := len(os.Args) > 1
	if isTraced {
		file, err := os.Create(os.Args[1])
		if err != nil {
			panic(err)
		}
		if err := trace.Start(file); err != nil {
			panic(err)
		}
		defer file.Close()
		defer trace.Stop()
	}
	println("window begins")
	close(start)
	done.Wait()
	var end runtime.MemStats
	if !isTraced {
		runtime.ReadMemStats(&end)
	}
	println("window ends", end.HeapAlloc)
}

var spent [64]uint64

// spend is what a program does with so many bytes beside allocating them: a step for each.
func spend(worker, bytes int) {
	x := spent[worker] | 1
	for range bytes {
		x = x*6364136223846793005 + 1442695040888963407
	}
	spent[worker] = x
}

// random is a small generator of our own: the same numbers with every version of Go.
type random uint64

func (r *random) below(n int) int {
	*r = *r*6364136223846793005 + 1442695040888963407
	return int(uint64(*r>>33) % uint64(n))
}
