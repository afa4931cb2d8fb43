// Package ordered keeps keys in order, in a binary tree.
package ordered

// Keys returns some keys in order, from one on.
func (s *Set) Keys(from uint64, count int) []uint64 {
	return s.walk(s.root, from, make([]uint64, 0, count))
}
