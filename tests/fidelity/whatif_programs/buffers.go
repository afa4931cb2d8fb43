// Large objects: buffers of 40 to 400 kB that are filled, compressed and hashed, in a ring that
// keeps some, beside small objects that come with them.
package main

import (
	"crypto/sha256"
	"hash/crc32"
)

type frame struct {
	buffer []byte
	parts  []*part
}

type part struct {
	from, to int
	sum      uint32
	key      string
}

const frames, ring = 2600, 48

var rings [64][]*frame

func fill(r *random, buffer []byte) {
	for i := 0; i+8 <= len(buffer); i += 8 {
		x := r.below(1 << 30)
		for j := range 8 {
			buffer[i+j] = byte('a' + (x>>(3*j))&15)
		}
	}
}

func (f *frame) cut() {
	const size = 1000
	for from := 0; from+size <= len(f.buffer); from += size {
		piece := f.buffer[from : from+size]
		f.parts = append(f.parts, &part{from, from + size, crc32.ChecksumIEEE(piece), string(piece[:16])})
	}
}

func main() {
	window(func(worker, workers int) {
		r := random(worker + 1)
		mine := make([]*frame, ring/workers)
		rings[worker] = mine
		for i := range frames / workers {
			made := &frame{buffer: make([]byte, 40000+r.below(360000))}
			fill(&r, made.buffer)
			made.cut()
			sum := sha256.Sum256(made.buffer)
			spend(worker, int(sum[0])+checksum(made.buffer))
			if i < len(mine) {
				mine[i] = made
			} else {
				mine[r.below(len(mine))] = made
			}
		}
	})
}
