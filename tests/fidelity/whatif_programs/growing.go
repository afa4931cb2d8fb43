// A live heap that grows: an index of words in trees that keeps every sixteenth of what it reads.
package main

type entry struct {
	left, right *entry
	key         uint64
	words       []string
}

const read = 1200000

var roots [64]*entry

func (e *entry) insert(key uint64, words []string) *entry {
	if e == nil {
		return &entry{key: key, words: words}
	}
	at := e
	for {
		next := &at.left
		if key > at.key {
			next = &at.right
		}
		if *next == nil {
			*next = &entry{key: key, words: words}
			return e
		}
		at = *next
	}
}

func text(r *random) string {
	b := make([]byte, 8+r.below(120))
	for i := range b {
		b[i] = byte('a' + i%26)
	}
	return string(b)
}

func main() {
	window(func(worker, workers int) {
		r := random(worker + 1)
		var root *entry
		for i := range read / workers {
			words := make([]string, 0, 6)
			for range 1 + r.below(6) {
				words = append(words, text(&r))
			}
			spend(worker, 600)
			if i%16 == 0 {
				root = root.insert(uint64(r.below(1<<31)), words)
				roots[worker] = root
			}
		}
	})
}
