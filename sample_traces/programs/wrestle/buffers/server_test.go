package buffers

import (
	"fmt"
	"hash/crc32"
	"io"
	"testing"

	"wrestle/bench"
)

func orders(count int) []Order {
	made := make([]Order, count)
	numbers := bench.Numbers(7)
	for number := range made {
		items := make([]Item, 10+numbers.Below(80))
		for place := range items {
			items[place] = Item{fmt.Sprint("part ", numbers.Below(500)), int64(numbers.Below(90000))}
		}
		made[number] = Order{int64(number), items}
	}
	return made
}

func TestServe(t *testing.T) {
	sum := crc32.NewIEEE()
	var ledger Ledger
	if err := ledger.Serve(sum, orders(40)); err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(len(ledger.entries), ledger.entries[39].Bytes, sum.Sum32())
	if want := "40 1231 2606223835"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

func BenchmarkServe(b *testing.B) {
	asked := orders(100)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		ledger := Ledger{entries: make([]*Entry, 0, len(asked))}
		if err := ledger.Serve(io.Discard, asked); err != nil {
			b.Fatal(err)
		}
	}
}
