// Large objects: rings of buffers of 40 to 400 kB that are replaced, beside small ones that come
// with them.
package main

type frame struct {
	buffer []byte
	parts  []*part
}

type part struct {
	from, to int
	next     *part
}

const frames, ring = 5000, 40

var rings [64][]*frame

func main() {
	window(func(worker, workers int) {
		r := random(worker + 1)
		mine := make([]*frame, ring/workers)
		rings[worker] = mine
		for i := range frames / workers {
			made := &frame{buffer: make([]byte, 40000+r.below(360000))}
			for range 200 {
				made.parts = append(made.parts, &part{from: i, to: r.below(1000)})
			}
			spend(worker, len(made.buffer))
			mine[r.below(len(mine))] = made
		}
	})
}
