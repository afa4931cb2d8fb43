// What every program here does around its work: with a file as argument it records a trace, and it
// says when its work begins and ends between the lines that GODEBUG=gcpacertrace=1 prints.
package main

import (
	"os"
	"runtime"
	"runtime/metrics"
	"runtime/trace"
	"sync"
	"time"
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
	mapped := func() uint64 { return 0 }
	if !isTraced {
		mapped = watch()
	}
	println("window begins")
	close(start)
	done.Wait()
	var end runtime.MemStats
	if !isTraced {
		runtime.ReadMemStats(&end)
	}
	println("window ends", end.HeapAlloc, mapped())
}

// watch begins to look at what GOMEMLIMIT counts, every 5 ms; what it returns says the most.
func watch() func() uint64 {
	read := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
	}
	var most uint64
	look := func() {
		metrics.Read(read)
		most = max(most, read[0].Value.Uint64()-read[1].Value.Uint64())
	}
	look()
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for ticks := time.NewTicker(5 * time.Millisecond); ; {
			select {
			case <-ticks.C:
				look()
			case <-end:
				look()
				return
			}
		}
	}()
	return func() uint64 {
		close(end)
		<-ended
		return most
	}
}

// compare tells the order of two texts.
func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// checksum looks at every byte.
func checksum(text []byte) int {
	sum := uint64(len(text))
	for _, c := range text {
		sum = sum*31 + uint64(c)
	}
	return int(sum >> 1)
}

var spent [64]struct {
	sum uint64
	_   [7]uint64
}

// spend uses what was computed, so that no compiler leaves it out.
func spend(worker, found int) { spent[worker].sum += uint64(found) }

// random is a small generator of our own: the same numbers with every version of Go.
type random uint64

func (r *random) below(n int) int {
	*r = *r*6364136223846793005 + 1442695040888963407
	return int(uint64(*r>>33) % uint64(n))
}
