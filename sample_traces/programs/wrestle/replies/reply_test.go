package replies

import (
	"fmt"
	"hash/crc32"
	"io"
	"testing"
)

func items(count int) []Item {
	made := make([]Item, count)
	for number := range made {
		made[number] = Item{fmt.Sprint("item", number), number}
	}
	return made
}

func TestServe(t *testing.T) {
	sum := crc32.NewIEEE()
	if err := Serve(sum, items(100)); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(sum.Sum32()), "458918544"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

func BenchmarkServe(b *testing.B) {
	all := items(200)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		if err := Serve(io.Discard, all); err != nil {
			b.Fatal(err)
		}
	}
}
