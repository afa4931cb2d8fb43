// Phases: requests that each build a document of some megabytes, read it, and drop it at once, over
// a base that stays.
package main

type element struct {
	children []*element
	text     []byte
	next     *element
}

const phases, base = 600, 12000

var (
	kept [64][]*element
	sums [64]int
)

func build(r *random, depth int) *element {
	e := &element{text: make([]byte, 16+r.below(400))}
	if depth > 0 {
		for range 5 {
			e.children = append(e.children, build(r, depth-1))
		}
	}
	return e
}

func (e *element) sum() int {
	total := len(e.text)
	for _, child := range e.children {
		total += child.sum()
	}
	return total
}

func main() {
	window(func(worker, workers int) {
		r := random(worker + 1)
		for range base / workers {
			kept[worker] = append(kept[worker], build(&r, 0))
		}
		for phase := range phases / workers {
			document := &element{}
			for range 2 {
				document.children = append(document.children, build(&r, 3+r.below(3)))
			}
			sums[worker] += document.sum()
			spend(worker, 2*sums[worker]/(phase+1))
		}
	})
}
