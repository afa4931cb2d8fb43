// What every program here does around its work: record a trace with events of the allocator
// (GODEBUG=traceallocfree=1), and count by size class what MemStats counted meanwhile.
package main

import (
	"encoding/json"
	"os"
	"runtime"
	"runtime/trace"
)

type counted struct {
	Mallocs []uint64
	Frees   []uint64
	Sizes   []uint32
}

// deepen grows the stack once, so that it need not grow while events are written: from Go 1.24 on
// that can damage the trace.
func deepen(n int) int {
	var room [1024]byte
	room[n%len(room)] = byte(n)
	if n == 0 {
		return int(room[0])
	}
	return deepen(n-1) + int(room[n%len(room)])
}

// record does the work between two calls of ReadMemStats inside a trace: os.Args[1] is the trace,
// os.Args[2] what MemStats counted.
func record(work func()) {
	deepen(32)
	file, err := os.Create(os.Args[1])
	if err != nil {
		panic(err)
	}
	before, after := new(runtime.MemStats), new(runtime.MemStats)
	runtime.GC() // so that no sweep is under way when the recording begins
	if err := trace.Start(file); err != nil {
		panic(err)
	}
	runtime.ReadMemStats(before)
	work()
	runtime.ReadMemStats(after)
	trace.Stop()
	if err := file.Close(); err != nil {
		panic(err)
	}
	var found counted
	for i := range after.BySize {
		found.Sizes = append(found.Sizes, after.BySize[i].Size)
		found.Mallocs = append(found.Mallocs, after.BySize[i].Mallocs-before.BySize[i].Mallocs)
		found.Frees = append(found.Frees, after.BySize[i].Frees-before.BySize[i].Frees)
	}
	text, err := json.Marshal(found)
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile(os.Args[2], text, 0o644); err != nil {
		panic(err)
	}
}

// random is a small generator of our own: the same numbers with every version of Go.
type random uint64

func (r *random) below(n int) int {
	*r = *r*6364136223846793005 + 1442695040888963407
	return int(uint64(*r>>33) % uint64(n))
}
