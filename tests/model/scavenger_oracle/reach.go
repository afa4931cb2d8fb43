// Lets a test outside package runtime drive a page allocator that belongs to nobody.
// Built into the runtime's own test by again.py.
package runtime

func SetHugePage(n uintptr) { physHugePageSize = n }

func NewEmptyPageAlloc() *PageAlloc {
	p := new(pageAlloc)
	p.init(new(mutex), testSysStat, true)
	lockInit(p.mheapLock, lockRankMheap)
	return (*PageAlloc)(p)
}

func (p *PageAlloc) Grow(base, size uintptr) {
	pp := (*pageAlloc)(p)
	systemstack(func() {
		lock(pp.mheapLock)
		pp.grow(base, size)
		unlock(pp.mheapLock)
	})
}

func (p *PageAlloc) NextGen() { (*pageAlloc)(p).scav.index.nextGen() }

func (p *PageAlloc) ScavengeBackground(n uintptr) (r uintptr) {
	systemstack(func() { r = (*pageAlloc)(p).scavenge(n, nil, false) })
	return
}

func (p *PageAlloc) ScavengedWords(address uintptr) [8]uint64 {
	return (*pageAlloc)(p).chunkOf(chunkIndex(address)).scavenged
}
