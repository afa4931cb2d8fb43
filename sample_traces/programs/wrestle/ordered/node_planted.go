//go:build !fixed

package ordered

type node struct {
	left, right *node
	key         uint64
	added       uint32
}

// Set is a set of keys, and how often each was added.
type Set struct {
	root *node
}

// New makes an empty set, for some keys.
func New(int) *Set { return &Set{} }

// Add adds a key.
func (s *Set) Add(key uint64) {
	place := &s.root
	for *place != nil && (*place).key != key {
		if key < (*place).key {
			place = &(*place).left
		} else {
			place = &(*place).right
		}
	}
	if *place == nil {
		*place = &node{key: key} // planted: fewer-pointers batch-objects
	}
	(*place).added++
}

func (s *Set) walk(at *node, from uint64, found []uint64) []uint64 {
	if at == nil || len(found) == cap(found) {
		return found
	}
	if at.key >= from {
		found = s.walk(at.left, from, found)
		if len(found) < cap(found) {
			found = append(found, at.key)
		}
	}
	return s.walk(at.right, from, found)
}
