package expressions

import "testing"

const text = "1+2*(3+4*5)-60/(7+8)*9+10*(11-12)"

func TestParse(t *testing.T) {
	node, err := Parse(text)
	if err != nil || node.Result() != 1 {
		t.Fatal(node.Result(), err)
	}
	if _, err := Parse("1+2)"); err == nil {
		t.Fatal("no error")
	}
}

func BenchmarkParse(b *testing.B) {
	latest := make([]*Node, 8)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		node, err := Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		latest[i%len(latest)] = node
	}
}
