// Shelves: texts come in, their words are counted and indexed, questions are answered from the index,
// and each shelf keeps its newest texts.
package main

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

type text struct {
	title  string
	counts map[string]int
	lines  []string
}

type shelf struct {
	texts []*text
	index map[string][]*text
	room  int
}

const arrivals, room, vocabulary = 2500, 240, 4000

var (
	shelves [64]*shelf
	word    = regexp.MustCompile(`[a-z]{3,}`)
)

func letters(r *random, into *bytes.Buffer) {
	// The lower of two: some words are written more often.
	n := min(r.below(vocabulary), r.below(vocabulary))
	for range 3 + n%5 {
		into.WriteByte(byte('a' + n%26))
		n = n/3 + 7
	}
}

func arrive(r *random) *text {
	var written bytes.Buffer
	for range 20 + r.below(60) {
		for range 4 + r.below(10) {
			letters(r, &written)
			written.WriteString(" ")
		}
		written.WriteString(".\n")
	}
	made := &text{counts: map[string]int{}}
	made.lines = strings.Split(written.String(), "\n")
	made.title = strings.ToUpper(made.lines[0])
	for _, line := range made.lines {
		for _, found := range word.FindAllString(line, -1) {
			made.counts[found]++
		}
	}
	return made
}

func (s *shelf) put(one *text) {
	s.texts = append(s.texts, one)
	for found := range one.counts {
		s.index[found] = append(s.index[found], one)
	}
	if len(s.texts) > s.room {
		old := s.texts[0]
		s.texts = slices.Clone(s.texts[1:])
		for found := range old.counts {
			s.index[found] = slices.DeleteFunc(slices.Clone(s.index[found]), func(t *text) bool { return t == old })
		}
	}
}

func (s *shelf) ask(r *random) string {
	var asked bytes.Buffer
	letters(r, &asked)
	found := slices.Clone(s.index[asked.String()])
	slices.SortFunc(found, func(a, b *text) int { return compare(a.title, b.title) })
	var titles []string
	for _, one := range found {
		titles = append(titles, one.title[:min(12, len(one.title))])
	}
	return strings.Join(titles, ", ")
}

func main() {
	window(func(worker, workers int) {
		r := random(worker + 1)
		mine := &shelf{index: map[string][]*text{}, room: room / workers}
		shelves[worker] = mine
		for range arrivals / workers {
			mine.put(arrive(&r))
			for range 3 {
				spend(worker, checksum([]byte(mine.ask(&r))))
			}
		}
	})
}
