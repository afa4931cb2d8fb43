// A live heap that grows: lines of a log are made, split and parsed, and every sixteenth is kept in
// an index that is searched for each of the others.
package main

import (
	"strconv"
	"strings"
)

type entry struct {
	left, right *entry
	key         int
	words       []string
}

const lines = 480000

var roots [64]*entry

// place is where key stands, or would.
func (e *entry) place(root **entry, key int) **entry {
	at := root
	for *at != nil && (*at).key != key {
		if key < (*at).key {
			at = &(*at).left
		} else {
			at = &(*at).right
		}
	}
	return at
}

func line(r *random, text []byte) []byte {
	text = strconv.AppendInt(text[:0], int64(r.below(1<<31)), 10)
	for range 8 + r.below(16) {
		text = append(text, ' ')
		for range 3 + r.below(12) {
			text = append(text, byte('a'+r.below(26)))
		}
	}
	return text
}

func main() {
	window(func(worker, workers int) {
		r := random(worker + 1)
		root := &roots[worker]
		var text []byte
		for i := range lines / workers {
			text = line(&r, text)
			words := strings.Fields(string(text))
			key, err := strconv.Atoi(words[0])
			if err != nil {
				panic(err)
			}
			place := (*root).place(root, key)
			if i%16 == 0 && *place == nil {
				*place = &entry{key: key, words: words}
			}
			spend(worker, checksum(text))
		}
	})
}
