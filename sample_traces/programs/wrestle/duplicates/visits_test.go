package duplicates

import (
	"bytes"
	"fmt"
	"testing"

	"wrestle/bench"
)

func log(lines int) []byte {
	var made bytes.Buffer
	numbers := bench.Numbers(6)
	for line := 0; line < lines; line++ {
		fmt.Fprintf(&made, "%d Browser/%d.0 (System %d; 64 bit) Engine/605.1.%d (like others)\n",
			numbers.Below(9000), 100+numbers.Below(6), numbers.Below(4), numbers.Below(2))
	}
	return made.Bytes()
}

func TestSlowest(t *testing.T) {
	visits := Read(log(500))
	found := Slowest(visits)
	got := fmt.Sprintln(len(visits), len(found), found[0])
	if want := "500 48 Browser/100.0 (System 2; 64 bit) Engine/605.1.0 (like others)\n"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

func BenchmarkRead(b *testing.B) {
	day := log(3000)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		if visits := Read(day); len(visits) != 3000 {
			b.Fatal(len(visits))
		}
	}
}
