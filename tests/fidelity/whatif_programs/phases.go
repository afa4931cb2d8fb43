// Phases: requests that each parse a JSON document of up to a megabyte, put it in order, write a
// part of it again, and drop everything, over a base that stays.
package main

import (
	"encoding/json"
	"slices"
)

type document struct {
	Title string
	Items []*item
}

type item struct {
	ID    int
	Name  string
	Price float64
	Tags  []string
	Parts []*item `json:",omitempty"`
}

const phases, base = 220, 24000

var kept [64][]*item

func made(r *random, parts int) *item {
	name := make([]byte, 12+r.below(60))
	for i := range name {
		name[i] = byte('a' + r.below(26))
	}
	text := string(name)
	one := &item{ID: r.below(1 << 30), Name: text, Price: float64(r.below(10000)) / 100}
	for range r.below(4) {
		one.Tags = append(one.Tags, text[r.below(6):])
	}
	for range parts {
		one.Parts = append(one.Parts, made(r, 0))
	}
	return one
}

func request(r *random) []byte {
	asked := document{Title: "items"}
	for range 200 + r.below(1200) {
		asked.Items = append(asked.Items, made(r, r.below(4)))
	}
	text, err := json.Marshal(asked)
	if err != nil {
		panic(err)
	}
	return text
}

func main() {
	window(func(worker, workers int) {
		r := random(worker + 1)
		for range base / workers {
			kept[worker] = append(kept[worker], made(&r, 0))
		}
		for range phases / workers {
			var read document
			if err := json.Unmarshal(request(&r), &read); err != nil {
				panic(err)
			}
			slices.SortFunc(read.Items, func(a, b *item) int { return compare(a.Name, b.Name) })
			answer, err := json.Marshal(read.Items[:len(read.Items)/4])
			if err != nil {
				panic(err)
			}
			spend(worker, checksum(answer))
		}
	})
}
