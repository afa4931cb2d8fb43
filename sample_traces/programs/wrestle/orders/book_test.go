package orders

import "testing"

func TestBought(t *testing.T) {
	book := New(100)
	for id := uint64(0); id < 1000; id++ {
		book.Add(id, int64(id), 3)
	}
	if bought := book.Bought(); bought != 150 {
		t.Fatal(bought)
	}
}

func BenchmarkAdd(b *testing.B) {
	book := New(50000)
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		book.Add(uint64(i), int64(i), 3)
	}
}
