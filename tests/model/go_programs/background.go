// Prints how much of the heap the process has (HeapSys - HeapReleased, bytes), on one P: with 64
// objects of 1 MiB live, then after each of three more collections, seven of eight objects having
// been dropped before the first of these. After each it works on until the background scavenger has
// given nothing back for a quarter of a second.
package main

import (
	"runtime"
	"runtime/debug"
	"time"
)

var (
	kept [64][]byte
	seen runtime.MemStats
	has  [4]uint64
)

func look() uint64 {
	runtime.ReadMemStats(&seen)
	return seen.HeapSys - seen.HeapReleased
}

func main() {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(-1)
	for i := range kept {
		kept[i] = make([]byte, 1<<20)
	}
	debug.SetGCPercent(100)
	runtime.GC()
	has[0] = look()
	for i := range kept {
		if i%8 != 0 {
			kept[i] = nil
		}
	}
	for cycle := 1; cycle < len(has); cycle++ {
		runtime.GC()
		has[cycle] = look()
		for changed := time.Now(); time.Since(changed) < 250*time.Millisecond; {
			for t := time.Now(); time.Since(t) < 10*time.Millisecond; {
				runtime.Gosched()
			}
			if now := look(); now < has[cycle] {
				has[cycle], changed = now, time.Now()
			}
		}
	}
	for _, bytes := range has {
		println("has", bytes)
	}
	runtime.KeepAlive(&kept)
}
