// What the runtime does with a request of every size: one line each.
//
//	alloc SIZE POINTERS COUNT BYTES OBJECTS CLASS...  COUNT requests of SIZE took BYTES in OBJECTS
//	                                                  slots of the allocs-by-size bucket CLASS
//	round SIZE POINTERS CAP                           append gives room for CAP bytes
//	const SIZE BYTES                                  new([SIZE]byte), as the compiler calls it
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

var (
	bytes    []byte
	pointers []*byte
	zero     *struct{}
	before   runtime.MemStats
	after    runtime.MemStats
	was      = []metrics.Sample{{Name: "/gc/heap/allocs-by-size:bytes"}}
	is       = []metrics.Sample{{Name: "/gc/heap/allocs-by-size:bytes"}}
)

// measure says how many bytes and objects the calls took, and in which bucket most of them lie.
func measure(count int, call func()) (took, objects uint64, class int) {
	runtime.ReadMemStats(&before) // also flushes the P's cache, the tiny block with it
	metrics.Read(was)
	for i := 0; i < count; i++ {
		call()
	}
	runtime.ReadMemStats(&after)
	metrics.Read(is)
	class = -1
	counts, old := is[0].Value.Float64Histogram().Counts, was[0].Value.Float64Histogram().Counts
	for i := range counts {
		if counts[i] > old[i] {
			class = i
			objects += counts[i] - old[i]
		}
	}
	return after.TotalAlloc - before.TotalAlloc, objects, class
}

func sizes() (all []int) {
	for size := 0; size <= 2048; size++ {
		all = append(all, size)
	}
	buckets := is[0].Value.Float64Histogram().Buckets
	for _, bucket := range buckets[1 : len(buckets)-1] { // one more than a class's slot
		for size := int(bucket) - 18; size <= int(bucket)+10; size++ {
			if size > 2048 {
				all = append(all, size)
			}
		}
	}
	return append(all, 40959, 40960, 40961, 65528, 65536, 65544, 106496, 1<<20, 1<<20+8)
}

func main() {
	runtime.MemProfileRate = 0
	debug.SetGCPercent(-1)
	runtime.GOMAXPROCS(1)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	metrics.Read(was)
	metrics.Read(is)
	line := func(size int, has bool, count int, call func()) {
		took, objects, class := measure(count, call)
		fmt.Fprintln(out, "alloc", size, has, count, took, objects, class)
	}
	for _, size := range sizes() {
		count := 1
		if size < 16 {
			count = 240
		}
		line(size, false, count, func() { bytes = make([]byte, size) })
		bytes = append([]byte(nil), make([]byte, size)...)
		fmt.Fprintln(out, "round", size, false, cap(bytes))
		if size%8 == 0 {
			line(size, true, 1, func() { pointers = make([]*byte, size/8) })
			pointers = append([]*byte(nil), make([]*byte, size/8)...)
			fmt.Fprintln(out, "round", size, true, cap(pointers)*8)
		}
	}
	constants(out)
}
