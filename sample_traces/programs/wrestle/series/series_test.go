package series

import (
	"fmt"
	"testing"
)

func filled() (*Store, []string) {
	names := make([]string, 40)
	for number := range names {
		names[number] = fmt.Sprint("cpu", number)
	}
	store := New(names, 1000)
	for second := 0; second < 20000; second++ {
		store.Add(names[second%len(names)], Point{int64(second), float64(second * 7 % 1009)})
	}
	return store, names
}

func TestHighest(t *testing.T) {
	store, names := filled()
	got := fmt.Sprint(store.Highest(names[7], 3))
	if want := "[{19887 976} {19967 527} {19927 247}]"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

func BenchmarkHighest(b *testing.B) {
	store, names := filled()
	latest := make([][]Point, 8)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		name := names[i%len(names)]
		store.Add(name, Point{int64(i), float64(i % 1009)})
		latest[i%len(latest)] = store.Highest(name, 100)
	}
}
