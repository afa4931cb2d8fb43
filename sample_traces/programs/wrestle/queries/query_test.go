package queries

import (
	"fmt"
	"hash/crc32"
	"testing"
)

func queries(count int) []Query {
	made := make([]Query, count)
	for number := range made {
		one := Query{Table: fmt.Sprint("table", number%3)}
		for column := 0; column < 5+number%20; column++ {
			one.Columns = append(one.Columns, fmt.Sprint("column", column))
			one.Where = append(one.Where, fmt.Sprintf("column%d > %d", column, number))
		}
		made[number] = one
	}
	return made
}

func TestSQL(t *testing.T) {
	text := queries(20)[15].SQL()
	got := fmt.Sprint(len(text), crc32.ChecksumIEEE([]byte(text)))
	if want := "559 444330814"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
}

func BenchmarkSQL(b *testing.B) {
	all := queries(200)
	latest := make([]string, len(all))
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		for number, one := range all {
			latest[number] = one.SQL()
		}
	}
}
