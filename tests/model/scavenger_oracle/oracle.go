// Plays steps from standard input on the runtime's own page allocator and prints each with its
// answer; ../test_page_scavenger.py says what the steps are. Built by again.py.
package runtime_test

import (
	"bufio"
	"fmt"
	"hash/crc32"
	"os"
	. "runtime"
	"testing"
)

const (
	base       = 0xc000000000
	pageBytes  = 8192
	chunkPages = 512
)

type run struct{ address, pages uintptr }

type heap struct {
	*PageAlloc
	mapped uintptr
	caches map[int]*PageCache
	live   []run
}

func (h *heap) alloc(n uintptr, p int) uintptr {
	address := uintptr(0)
	if n < 16 {
		c := h.caches[p]
		if c == nil {
			c = new(PageCache)
			h.caches[p] = c
		}
		if c.Empty() {
			*c = h.AllocToCache()
		}
		if !c.Empty() {
			address, _ = c.Alloc(n)
		}
	}
	if address == 0 {
		address, _ = h.Alloc(n)
	}
	if address == 0 {
		size := (n + chunkPages - 1) / chunkPages * chunkPages * pageBytes
		h.Grow(base+h.mapped, size)
		h.mapped += size
		address, _ = h.Alloc(n)
	}
	h.live = append(h.live, run{address, n})
	return address
}

func (h *heap) free(which int) uintptr {
	r, last := h.live[which], len(h.live)-1
	h.live[which] = h.live[last]
	h.live = h.live[:last]
	h.Free(r.address, r.pages)
	return r.address
}

func (h *heap) checksum() uintptr {
	sum := crc32.NewIEEE()
	for at := uintptr(base); at < base+h.mapped; at += chunkPages * pageBytes {
		for _, word := range h.ScavengedWords(at) {
			fmt.Fprintf(sum, "%016x", word)
		}
	}
	return uintptr(sum.Sum32())
}

func TestOracle(t *testing.T) {
	SetHugePage(2 << 20)
	h := heap{PageAlloc: NewEmptyPageAlloc(), caches: map[int]*PageCache{}}
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var what string
		var n, p int
		fmt.Sscan(in.Text(), &what, &n, &p)
		answer := uintptr(0)
		switch what {
		case "alloc":
			answer = (h.alloc(uintptr(n), p) - base) / pageBytes
		case "free":
			answer = (h.free(n) - base) / pageBytes
		case "flush":
			if c := h.caches[n]; c != nil {
				c.Flush(h.PageAlloc)
			}
		case "mark":
			h.NextGen()
		case "background":
			answer = h.ScavengeBackground(uintptr(n)*pageBytes) / pageBytes
		case "forced":
			answer = h.Scavenge(uintptr(n)*pageBytes) / pageBytes
		case "checksum":
			answer = h.checksum()
		}
		fmt.Println(in.Text(), "=", answer)
	}
}
