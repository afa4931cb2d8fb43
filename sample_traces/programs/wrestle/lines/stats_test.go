package lines

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"testing"
)

func all() []Stats {
	made := make([]Stats, 500)
	for number := range made {
		made[number] = Stats{fmt.Sprint("host", number), number * 1000, number * 77777, number}
	}
	return made
}

func TestWrite(t *testing.T) {
	var to bytes.Buffer
	Write(&to, all())
	got := fmt.Sprint(to.Len(), crc32.ChecksumIEEE(to.Bytes()))
	if want := "19129 1105480719"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

func BenchmarkWrite(b *testing.B) {
	hosts := all()
	var to bytes.Buffer
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		to.Reset()
		Write(&to, hosts)
	}
}
