//go:build fixed

package keys

func empty(keys int) *Index { return &Index{rows: make(map[uint64]int32, keys)} }
