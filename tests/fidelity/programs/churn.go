// A churn of mixed sizes, with and without pointers, tiny to large: a table of objects in which
// random entries are replaced.
package main

type node struct {
	next *node
	data [3]uint64
}

type wide struct {
	links [100]*node
}

var table [20000]any

func one(r *random) any {
	switch kind := r.below(100); {
	case kind < 25:
		return &node{}
	case kind < 40:
		b := make([]byte, 1+r.below(15))
		return &b[0]
	case kind < 70:
		b := make([]byte, 16+r.below(1000))
		return &b[0]
	case kind < 85:
		p := make([]*node, 1+r.below(120))
		return &p[0]
	case kind < 92:
		return &wide{}
	case kind < 99:
		b := make([]byte, 1000+r.below(12000))
		return &b[0]
	default:
		b := make([]byte, 20000+r.below(80000))
		return &b[0]
	}
}

func main() {
	record(func() {
		r := random(1)
		for range 450000 {
			table[r.below(len(table))] = one(&r)
		}
	})
}
