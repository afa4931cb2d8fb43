package pointerheavy

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"wrestle/bench"
)

const hosts = 400

var day = sync.OnceValue(func() *Log { return Read(text(60000)) })

func text(rows int) string {
	var made strings.Builder
	numbers := bench.Numbers(1)
	for row := 0; row < rows; row++ {
		status := 200 + numbers.Below(4)*100
		fmt.Fprintf(&made, "10.0.%d.%d /items/%d %d %d\n", row%hosts/20, row%hosts%20,
			numbers.Below(5000), status, numbers.Below(90000))
	}
	return made.String()
}

func host(number int) string { return fmt.Sprintf("10.0.%d.%d", number/20, number%20) }

func TestHost(t *testing.T) {
	found := day().Host(host(7), 3)
	got := fmt.Sprint(found.Requests, found.Failed, found.Bytes, found.Paths)
	if want := "150 42 6623918 [/items/4697 /items/853 /items/559]"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

func BenchmarkHost(b *testing.B) {
	log := day()
	names := make([]string, hosts)
	for number := range names {
		names[number] = host(number)
	}
	b.ReportAllocs()
	b.ResetTimer()
	latest := make([]Answer, 64)
	for i := 0; i < b.N; i++ {
		latest[i%len(latest)] = log.Host(names[i%hosts], 20)
	}
	bench.ReportScannable(b)
	if latest[0].Requests != 150 {
		b.Fatal(latest[0])
	}
}
