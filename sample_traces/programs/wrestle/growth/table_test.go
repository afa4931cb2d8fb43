package growth

import (
	"fmt"
	"strings"
	"testing"

	"wrestle/bench"
)

func text(rows int) string {
	var made strings.Builder
	random := bench.Numbers(4)
	for row := 0; row < rows; row++ {
		for column := random.Below(60) + 20; column > 0; column-- {
			fmt.Fprintf(&made, "%d.%d,", random.Below(100), random.Below(10))
		}
		made.WriteString("0\n")
	}
	return made.String()
}

func TestParse(t *testing.T) {
	table, err := Parse(text(50))
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%d %d %.1f", len(table.Rows), len(table.Rows[7]), table.Sum())
	if want := "50 48 114018.1"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

func BenchmarkParse(b *testing.B) {
	rows := text(300)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		if table, err := Parse(rows); err != nil || len(table.Rows) != 300 {
			b.Fatal(err)
		}
	}
}
