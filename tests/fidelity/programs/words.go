// Small things: maps that grow, strings that are joined, stacks that grow before the recording and
// shrink in it.
package main

import (
	"strconv"
	"strings"
)

func count(text []string, deep int) map[string]int {
	found := map[string]int{}
	for i, word := range text {
		found[word+strconv.Itoa(i%deep)]++
	}
	return found
}

func main() {
	deepen(400)
	words := strings.Fields(strings.Repeat("the heap of a program is a set of spans ", 20))
	record(func() {
		var kept []map[string]int
		for i := range 700 {
			kept = append(kept, count(words, 1+i%50))
			if len(kept) > 40 {
				kept = kept[20:]
			}
			_ = strings.Split(strings.Join(words, ","), ",")
		}
	})
}
