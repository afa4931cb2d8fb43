package timestamps

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"wrestle/bench"
)

const (
	sensors = 16
	count   = 100000
)

var begin = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)

var week = sync.OnceValue(func() *Series {
	series := New(count)
	numbers := bench.Numbers(2)
	for i := 0; i < count; i++ {
		at := begin.Add(time.Duration(i) * time.Second)
		series.Add(at, uint32(numbers.Below(sensors)), float64(numbers.Below(1000))/10)
	}
	return series
})

func TestMeans(t *testing.T) {
	means := week().Means(3, begin.Add(time.Hour), 10*time.Minute, 3)
	if got, want := fmt.Sprintf("%.2f", means), "[50.83 50.45 52.71]"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

func BenchmarkMeans(b *testing.B) {
	series := week()
	latest := make([][]float64, 64)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		from := begin.Add(time.Duration(i%1000) * time.Minute)
		latest[i%len(latest)] = series.Means(uint32(i%sensors), from, time.Minute, 20)
	}
	bench.ReportScannable(b)
	if len(latest[0]) != 20 {
		b.Fatal(latest[0])
	}
}
