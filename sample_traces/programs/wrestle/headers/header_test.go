package headers

import (
	"fmt"
	"testing"
)

func requests(count int) [][]byte {
	made := make([][]byte, count)
	for number := range made {
		made[number] = []byte(fmt.Sprintf("Content-Type: application/json\nContent-Length: 1%d\n"+
			"User-Agent: something/1.0 (like all the others)\nAccept: */*\n"+
			"Accept-Encoding: gzip\nCache-Control: no-cache\nX-Shard: shard-%d\n",
			number%3, number%16))
	}
	return made
}

func TestParse(t *testing.T) {
	header := Parse(requests(4)[3])
	got := fmt.Sprintln(len(header.Names), header.Names[4], header.Values[6])
	if want := "7 Accept-Encoding shard-3\n"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

func BenchmarkParse(b *testing.B) {
	all := requests(100)
	latest := make([]Header, len(all))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		for number, one := range all {
			latest[number] = Parse(one)
		}
	}
}
