package keys

import "testing"

const count = 5000

func keys() []uint64 {
	made := make([]uint64, count)
	for row := range made {
		made[row] = uint64(row) * 7919
	}
	return made
}

func TestRow(t *testing.T) {
	x := Build(keys())
	if first, none := x.Row(7919*41), x.Row(5); first != 41 || none != -1 {
		t.Fatal(first, none)
	}
}

func BenchmarkBuild(b *testing.B) {
	all := keys()
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		if Build(all).Row(7919) != 1 {
			b.Fatal("not found")
		}
	}
}
