package feed

import (
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"budgeted/profiles"
)

// day makes everything that a day of messages leaves: the peak is when all of it is there.
func day(messages int) (kept []string) {
	for number := 0; number < messages; number++ {
		kept = append(kept, strings.Repeat("message ", 32))
	}
	return kept
}

func TestNobodyListensAfterClose(t *testing.T) {
	var f Feed
	var heard atomic.Int64
	for listener := 0; listener < 4; listener++ {
		f.Listen(func(string) { heard.Add(1) })
	}
	f.Send("hello")
	f.Close()
	if heard.Load() != 4 {
		t.Fatal(heard.Load())
	}
	time.Sleep(10 * time.Millisecond) // a goroutine that is done is not gone at once
	profiles.Write(t, "goroutine")
}

// B/op says how much was allocated, not how much there was at once: that is reported here.
func BenchmarkDay(b *testing.B) {
	b.ReportAllocs()
	var peak uint64
	for i := 0; i < b.N; i++ {
		before := live()
		kept := day(1000)
		if after := live(); after-before > peak && after > before {
			peak = after - before
		}
		runtime.KeepAlive(kept)
	}
	b.ReportMetric(float64(peak), "max-heap-bytes")
}

func live() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
