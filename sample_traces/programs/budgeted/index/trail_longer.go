//go:build next_size_class

package index

// A search has 24 + 11*4 = 68 bytes, 72 with alignment: the next size class has 80.
const trailLength = 11
