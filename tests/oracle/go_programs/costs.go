// Allocates in three known ways and records what that costs: a CPU profile, a profile of
// allocations and an execution trace of the same time. Run with the folder to write them to.
package main

import (
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"sync"
	"syscall"
	"time"
)

const (
	cpuTime  = 1500 * time.Millisecond
	patience = 20 * time.Second
)

type node struct {
	left, right *node
	value       int
}

var (
	kept   []*node
	bytes  []byte
	blocks []byte
	result int
)

//go:noinline
func smallWithoutPointers() {
	for i := 0; i < 60_000; i++ {
		bytes = make([]byte, 200)
	}
}

//go:noinline
func tree(depth int) *node {
	made := &node{value: depth}
	if depth > 0 {
		made.left, made.right = tree(depth-1), tree(depth-1)
	}
	return made
}

//go:noinline
func withPointers() {
	for i := 0; i < 12; i++ {
		kept = append(kept[1:], tree(12))
	}
}

//go:noinline
func large() {
	for i := 0; i < 60; i++ {
		blocks = make([]byte, 200<<10)
	}
}

//go:noinline
func deep(levels int) int {
	var frame [64]int
	frame[levels%64] = levels
	if levels > 0 {
		frame[0] = deep(levels - 1)
	}
	return frame[levels%64] + frame[0]
}

//go:noinline
func growStacks() {
	var group sync.WaitGroup
	for i := 0; i < 8; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			result = deep(200)
		}()
	}
	group.Wait()
}

//go:noinline
func count() {
	for i := 0; i < 1_000_000; i++ {
		result += i ^ result
	}
}

func create(name string) *os.File {
	file, err := os.Create(filepath.Join(os.Args[1], name))
	check(err)
	return file
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// spent is the CPU time of the process so far: a busy machine makes us wait, not work.
func spent() time.Duration {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func main() {
	runtime.GOMAXPROCS(2)
	for i := 0; i < 40; i++ {
		kept = append(kept, tree(12))
	}
	cpu, events := create("cpu.pb.gz"), create("trace.out")
	check(trace.Start(events))
	check(pprof.StartCPUProfile(cpu))
	for begin, used := time.Now(), spent(); spent()-used < cpuTime && time.Since(begin) < patience; {
		smallWithoutPointers()
		withPointers()
		large()
		growStacks()
		count()
	}
	pprof.StopCPUProfile()
	trace.Stop()
	check(cpu.Close())
	check(events.Close())
	allocations := create("allocs.pb.gz")
	check(pprof.Lookup("allocs").WriteTo(allocations, 0))
	check(allocations.Close())
}
