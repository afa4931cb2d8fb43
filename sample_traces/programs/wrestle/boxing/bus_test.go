package boxing

import (
	"fmt"
	"testing"
)

func measure(sensor, second int) float64 { return float64((sensor*31+second*17)%1000) / 10 }

func TestRun(t *testing.T) {
	watch := Run(100, 20, measure, 99)
	last := *watch.alarms[len(watch.alarms)-1]
	got := fmt.Sprintf("%.1f %d %v", watch.sums[3], len(watch.alarms), last)
	if want := "4745.0 14 {10 99}"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

func BenchmarkRun(b *testing.B) {
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		if watch := Run(500, 20, measure, 99); len(watch.alarms) == 0 {
			b.Fatal("no alarm")
		}
	}
}
