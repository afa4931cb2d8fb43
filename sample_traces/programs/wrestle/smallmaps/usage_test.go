package smallmaps

import (
	"fmt"
	"testing"

	"wrestle/bench"
)

const users = 3000

func requests(count int) []Request {
	made := make([]Request, count)
	numbers := bench.Numbers(8)
	for number := range made {
		user := uint64(numbers.Below(users)) * 7919
		made[number] = Request{user, int64(numbers.Below(50000)), int64(numbers.Below(900000))}
	}
	return made
}

func TestCount(t *testing.T) {
	var week Week
	bytes, count := week.Count(requests(20000), users).Bytes(5 * 7919)
	if got, want := fmt.Sprint(bytes, count), "144677 7"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

func BenchmarkCount(b *testing.B) {
	day := requests(20000)
	var week Week
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		week.Count(day, users)
	}
	bench.ReportScannable(b)
	if bytes, _ := week.days[0].Bytes(5 * 7919); bytes == 0 {
		b.Fatal("nothing was counted")
	}
}
