// Package bench holds what the benchmarks share: made-up input, and a measure of what the garbage
// collector has to look at.
package bench

import (
	"runtime"
	"runtime/metrics"
	"testing"
)

// Numbers is a stream of numbers that only look random: the same in every run.
type Numbers uint64

// Below returns the next number, less than limit.
func (n *Numbers) Below(limit int) int {
	*n = *n*6364136223846793005 + 1442695040888963407
	return int(uint64(*n) >> 33 % uint64(limit))
}

// ReportScannable adds the bytes that a collection looks through now, in the whole heap, to the
// benchmark's line.
func ReportScannable(b *testing.B) {
	b.StopTimer()
	runtime.GC()
	read := []metrics.Sample{{Name: "/gc/scan/heap:bytes"}}
	metrics.Read(read)
	b.ReportMetric(float64(read[0].Value.Uint64()), "scan-bytes")
}
