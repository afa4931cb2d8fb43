// Steady churn: a table of sessions of mixed sizes in which random ones are replaced; every request
// is hashed, and its fields are put in order.
package main

import (
	"crypto/sha256"
	"slices"
)

type session struct {
	key    [32]byte
	fields []*field
	body   []byte
}

type field struct {
	name, value string
}

const sessions, requests = 10000, 560000

var tables [64][]*session

func open(r *random, request []byte) *session {
	for i := 0; i < len(request); i += 8 {
		request[i] = byte('a' + r.below(26))
	}
	made := &session{key: sha256.Sum256(request)}
	for range 1 + r.below(8) {
		at := r.below(len(request) - 40)
		made.fields = append(made.fields, &field{string(request[at : at+8]), string(request[at+8 : at+40])})
	}
	slices.SortFunc(made.fields, func(a, b *field) int { return compare(a.name, b.name) })
	size := 16 + r.below(400)
	if r.below(10) == 0 {
		size = 1000 + r.below(3000)
	}
	made.body = make([]byte, size)
	copy(made.body, request)
	return made
}

func main() {
	window(func(worker, workers int) {
		r := random(worker + 1)
		request := make([]byte, 2048)
		table := make([]*session, sessions/workers)
		tables[worker] = table
		for i := range requests / workers {
			made := open(&r, request)
			spend(worker, checksum(made.body))
			if i < len(table) {
				table[i] = made
			} else {
				table[r.below(len(table))] = made
			}
		}
	})
}
