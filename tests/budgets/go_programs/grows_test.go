// Package grows allocates another number of bytes in every run: a map that grows has a random seed,
// and before Go 1.24 the seed decides how many overflow buckets it takes.
package grows

import "testing"

type hit struct {
	document, words int
}

func find(documents, limit int) (found []int) {
	hits := make(map[int]*hit, limit)
	for document := 0; document < documents; document++ {
		hits[document] = &hit{document: document, words: 1}
	}
	for document := 0; document < documents && len(found) < limit; document++ {
		if h := hits[document]; h.words == 1 {
			found = append(found, h.document)
		}
	}
	return found
}

func BenchmarkFind(b *testing.B) {
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		if len(find(40, 10)) != 10 {
			b.Fatal("not found")
		}
	}
}
