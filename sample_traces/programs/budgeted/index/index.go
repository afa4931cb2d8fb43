// Package index finds the documents that contain a word.
package index

import "strings"

// Index maps words to documents.
type Index struct {
	documents map[string][]int
	texts     []string
	last      *search
}

// New makes an empty index with room for so many words.
func New(words int) *Index {
	return &Index{documents: make(map[string][]int, words)}
}

// Add puts a document into the index and returns its number.
func (x *Index) Add(text string) int {
	number := len(x.texts)
	x.texts = append(x.texts, text)
	for _, word := range strings.Fields(text) {
		word = strings.ToLower(word)
		if found := x.documents[word]; len(found) == 0 || found[len(found)-1] != number {
			x.documents[word] = append(found, number)
		}
	}
	return number
}

// search is a question under way; the index remembers the last one.
type search struct {
	words []string
	trail [trailLength]int32
}

// hit is a document and how often it has the words that were asked for.
type hit struct {
	document int
	words    int
}

// Find returns the documents that have all words of the question, as many as the limit. Documents
// are numbers without gaps, so hits are a slice: unlike a map that grows, it takes the same memory
// in every run, with every Go.
func (x *Index) Find(question string, limit int) []int {
	words := strings.Fields(question)
	x.last = &search{words: words}
	hits := make([]*hit, len(x.texts))
	for _, word := range words {
		for _, document := range x.documents[word] {
			if hits[document] == nil {
				hits[document] = newHit(document)
			}
			hits[document].words++
		}
	}
	found := make([]int, 0, limit)
	for _, h := range hits {
		if h != nil && h.words == len(words) && len(found) < limit {
			found = append(found, h.document)
		}
	}
	return found
}
