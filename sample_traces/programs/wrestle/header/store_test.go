package header

import (
	"bytes"
	"fmt"
	"testing"

	"wrestle/bench"
)

const channels = 12

func messages(count int) [][]byte {
	made := make([][]byte, count)
	numbers := bench.Numbers(5)
	for number := range made {
		made[number] = bytes.Repeat([]byte{byte(number)}, 200+numbers.Below(1800))
	}
	return made
}

func TestCount(t *testing.T) {
	store := New(1000)
	for number, message := range messages(500) {
		store.Add(number%channels, message)
	}
	frames, size := store.Count(3)
	if got, want := fmt.Sprint(frames, size), "86 35164"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

func BenchmarkAdd(b *testing.B) {
	day := messages(200)
	store := New(20000)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		for number, message := range day {
			store.Add(number%channels, message)
		}
	}
	if frames, _ := store.Count(1); frames == 0 {
		b.Fatal("nothing is kept")
	}
}
