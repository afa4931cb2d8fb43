//go:build !next_size_class

package index

// A search has 24 + 10*4 = 64 bytes, which is a size class.
const trailLength = 10
