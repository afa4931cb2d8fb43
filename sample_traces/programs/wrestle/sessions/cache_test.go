package sessions

import (
	"sync"
	"testing"
	"time"

	"wrestle/bench"
)

const count = 40000

var (
	noon   = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	filled = sync.OnceValue(func() *Cache {
		cache := New(count)
		for number := uint64(0); number < count; number++ {
			cache.Touch(number, noon)
		}
		return cache
	})
)

func TestLive(t *testing.T) {
	now, later := filled().Live(noon, 2*count), filled().Live(noon.Add(lasts), 2*count)
	if len(now) != count || len(later) != 0 {
		t.Fatal(len(now), len(later))
	}
}

func BenchmarkLive(b *testing.B) {
	cache := filled()
	latest := make([][]uint64, 16)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		latest[i%len(latest)] = cache.Live(noon, 64)
	}
	bench.ReportScannable(b)
	if len(latest[0]) != 64 {
		b.Fatal(latest[0])
	}
}
