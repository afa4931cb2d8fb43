// Prints what collections mark: before and after 100 of 1000 objects get finalizers, and what the
// metrics say of it.
package main

import (
	"runtime"
	"runtime/metrics"
)

type linked struct {
	next *linked
	rest [7]uint64
}

var kept [1000]*linked
var data [1000]*[8]uint64

var sample = []metrics.Sample{{Name: "/gc/heap/live:bytes"}}

// marked is the least of some collections: what the runtime needs for itself comes and goes.
func marked() uint64 {
	least := ^uint64(0)
	for i := 0; i < 8; i++ {
		runtime.GC()
		metrics.Read(sample)
		least = min(least, sample[0].Value.Uint64())
	}
	return least
}

func main() {
	runtime.GOMAXPROCS(1) // so that nothing is marked by two at once
	for i := range kept {
		kept[i], data[i] = new(linked), new([8]uint64)
	}
	// The first finalizer starts a goroutine, the first call of marked fills caches.
	runtime.SetFinalizer(kept[999], func(*linked) {})
	marked()
	before := marked()
	for i := 0; i < 100; i++ {
		runtime.SetFinalizer(kept[i], func(*linked) {})
	}
	scanned := marked()
	for i := 0; i < 100; i++ {
		runtime.SetFinalizer(data[i], func(*[8]uint64) {})
	}
	println(before, scanned, marked())
	runtime.KeepAlive(&kept)
	runtime.KeepAlive(&data)
}
