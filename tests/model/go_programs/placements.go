// Prints where the runtime puts objects and stacks, on one P: a word and an address a line.
//
//	new    44 objects of 18,432 bytes without pointers, four to a span
//	again  33 more of them, after a collection that left every fourth
//	stack  the stacks of 64 goroutines that live at the same time
package main

import (
	"runtime"
	"runtime/debug"
	"unsafe"
)

type object [18432]byte

const first, second, stacks = 44, 33, 64

var (
	kept  [first]*object
	later [second]*object
	at    [first + second]uintptr
	base  [stacks]uintptr
)

func main() {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(-1)
	for i := range kept {
		kept[i] = new(object)
		at[i] = uintptr(unsafe.Pointer(kept[i]))
	}
	for i := range kept {
		if i%4 != 1 {
			kept[i] = nil
		}
	}
	runtime.GC()
	for i := range later {
		later[i] = new(object)
		at[first+i] = uintptr(unsafe.Pointer(later[i]))
	}
	started, finish := make(chan bool), make(chan bool)
	for i := range base {
		go func(i int) {
			var here int
			base[i] = uintptr(unsafe.Pointer(&here)) &^ 2047
			started <- true
			<-finish
		}(i)
	}
	for range base {
		<-started
	}
	for i, address := range at {
		if i < first {
			println("new", address)
		} else {
			println("again", address)
		}
	}
	for _, address := range base {
		println("stack", address)
	}
	runtime.KeepAlive(kept)
}
