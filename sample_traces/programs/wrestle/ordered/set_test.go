package ordered

import (
	"fmt"
	"sync"
	"testing"

	"wrestle/bench"
)

const count = 60000

var filled = sync.OnceValue(func() *Set {
	set := New(count)
	numbers := bench.Numbers(11)
	for i := 0; i < count; i++ {
		set.Add(uint64(numbers.Below(1 << 30)))
	}
	return set
})

func TestKeys(t *testing.T) {
	got := fmt.Sprint(filled().Keys(1<<29, 3))
	if want := "[536873930 536877138 536904450]"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

func BenchmarkKeys(b *testing.B) {
	set := filled()
	latest := make([][]uint64, 32)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		latest[i%len(latest)] = set.Keys(uint64(i%1000)<<19, 50)
	}
	bench.ReportScannable(b)
	if len(latest[0]) != 50 {
		b.Fatal(latest[0])
	}
}
