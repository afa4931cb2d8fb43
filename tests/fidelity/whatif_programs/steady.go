// Steady churn: a table of objects of mixed sizes in which random entries are replaced.
package main

type node struct {
	next *node
	data [3]uint64
}

type wide struct {
	links [40]*node
}

const entries, replaced = 12000, 1300000

var tables [64][]any

func one(r *random) any {
	switch kind := r.below(100); {
	case kind < 30:
		return &node{}
	case kind < 60:
		b := make([]byte, 16+r.below(1000))
		return &b[0]
	case kind < 80:
		p := make([]*node, 1+r.below(100))
		return &p[0]
	case kind < 90:
		return &wide{}
	default:
		b := make([]byte, 1000+r.below(4000))
		return &b[0]
	}
}

func main() {
	window(func(worker, workers int) {
		r := random(worker + 1)
		table := make([]any, entries/workers)
		tables[worker] = table
		for range replaced / workers {
			table[r.below(len(table))] = one(&r)
			spend(worker, 300)
		}
	})
}
