// Allocates on four procs within a task, and forces three collections: runtime.GC twice and
// debug.FreeOSMemory once. The trace goes to standard output.
package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/trace"
	"sync"
)

type node struct {
	next    *node
	payload [6]*int
}

var kept [4]*node

func grow(worker int) {
	for i := 0; i < 60_000; i++ {
		n := &node{next: kept[worker]}
		n.payload[i%6] = new(int)
		if i%3 == 0 {
			kept[worker] = n
		}
	}
}

func main() {
	runtime.GOMAXPROCS(4)
	if err := trace.Start(os.Stdout); err != nil {
		panic(err)
	}
	ctx, task := trace.NewTask(context.Background(), "growing")
	var group sync.WaitGroup
	for worker := range kept {
		group.Add(1)
		go func(worker int) {
			defer group.Done()
			trace.WithRegion(ctx, "grow", func() { grow(worker) })
		}(worker)
	}
	group.Wait()
	task.End()
	runtime.GC()
	kept = [4]*node{}
	runtime.GC()
	debug.FreeOSMemory()
	trace.Stop()
}
