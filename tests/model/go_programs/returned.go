// Prints HeapSys, HeapIdle, HeapInuse and HeapReleased at four moments, on one P, in bytes:
//
//	full      96 objects of 1 MiB live
//	dropped   two of three of them are dropped and collected
//	freed     after debug.FreeOSMemory
//	again     8 new objects of 1 MiB and one of 5 MiB
package main

import (
	"runtime"
	"runtime/debug"
)

const objects, size = 96, 1 << 20

var (
	kept  [objects][]byte
	later [9][]byte
	seen  [4]runtime.MemStats
)

func main() {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(-1)
	for i := range kept {
		kept[i] = make([]byte, size)
	}
	runtime.ReadMemStats(&seen[0])
	for i := range kept {
		if i%3 != 0 {
			kept[i] = nil
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&seen[1])
	debug.FreeOSMemory()
	runtime.ReadMemStats(&seen[2])
	for i := range later {
		n := size
		if i == len(later)-1 {
			n *= 5
		}
		later[i] = make([]byte, n)
	}
	runtime.ReadMemStats(&seen[3])
	for i, name := range []string{"full", "dropped", "freed", "again"} {
		s := &seen[i]
		println(name, s.HeapSys, s.HeapIdle, s.HeapInuse, s.HeapReleased)
	}
	runtime.KeepAlive(&kept)
}
