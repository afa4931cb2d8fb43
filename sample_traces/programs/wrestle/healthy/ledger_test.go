package healthy

import (
	"fmt"
	"hash/crc32"
	"strings"
	"testing"

	"wrestle/bench"
)

const accounts = 120

func ledger(lines int) string {
	var made strings.Builder
	numbers := bench.Numbers(9)
	for line := 0; line < lines; line++ {
		fmt.Fprintf(&made, "account-%d %d\n", numbers.Below(accounts), numbers.Below(100000)-40000)
	}
	return made.String()
}

func TestReport(t *testing.T) {
	totals, err := Sum(ledger(1000), accounts)
	if err != nil {
		t.Fatal(err)
	}
	report := Report(totals)
	got := fmt.Sprint(len(totals), totals[5], crc32.ChecksumIEEE([]byte(report)))
	if want := "120 {account-102 87760 5} 1817394064"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

func TestABrokenLineIsNamed(t *testing.T) {
	_, err := Sum("a 1\nb\n", 2)
	if err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Fatal(err)
	}
}

func BenchmarkReport(b *testing.B) {
	text := ledger(2000)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		totals, err := Sum(text, accounts)
		if err != nil || Report(totals) == "" {
			b.Fatal(err)
		}
	}
}
