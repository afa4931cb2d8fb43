package compress

import (
	"bytes"
	"compress/flate"
	"io"
	"testing"

	"wrestle/bench"
)

func text(size int) []byte {
	made := make([]byte, size)
	numbers := bench.Numbers(21)
	for place := range made {
		made[place] = "etaoin shrdlu"[numbers.Below(13)]
	}
	return made
}

func TestBytes(t *testing.T) {
	whole := text(5000)
	packed, err := Bytes(whole)
	if err != nil || len(packed) >= len(whole) {
		t.Fatal(len(packed), err)
	}
	back, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	if err != nil || !bytes.Equal(back, whole) {
		t.Fatal(len(back), err)
	}
}

func BenchmarkBytes(b *testing.B) {
	whole := text(20000)
	latest := make([][]byte, 8)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		packed, err := Bytes(whole)
		if err != nil {
			b.Fatal(err)
		}
		latest[i%len(latest)] = packed
	}
}
