package index

import (
	"fmt"
	"testing"
)

func filled() *Index {
	x := New(64)
	for number := 0; number < 40; number++ {
		x.Add(fmt.Sprintf("the quick word%d jumps over word%d", number%8, number%5))
	}
	return x
}

func TestFind(t *testing.T) {
	if found := filled().Find("quick word3", 10); len(found) == 0 || found[0] != 3 {
		t.Fatalf("found %v", found)
	}
}

func BenchmarkFind(b *testing.B) {
	x := filled()
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		x.Find("quick word0", 10)
	}
}
