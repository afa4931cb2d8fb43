//go:build fixed

package ordered

// A node tells the nodes below it by their numbers; 0 is none.
type node struct {
	key         uint64
	left, right uint32
	added       uint32
}

// Set is a set of keys, and how often each was added.
type Set struct {
	nodes []node
	root  uint32
}

// New makes an empty set, for some keys.
func New(keys int) *Set { return &Set{nodes: make([]node, 1, keys+1)} }

// Add adds a key.
func (s *Set) Add(key uint64) {
	place := &s.root
	for *place != 0 && s.nodes[*place].key != key {
		if key < s.nodes[*place].key {
			place = &s.nodes[*place].left
		} else {
			place = &s.nodes[*place].right
		}
	}
	if *place == 0 {
		*place = uint32(len(s.nodes))
		s.nodes = append(s.nodes, node{key: key})
		s.nodes[len(s.nodes)-1].added = 1
		return
	}
	s.nodes[*place].added++
}

func (s *Set) walk(number uint32, from uint64, found []uint64) []uint64 {
	if number == 0 || len(found) == cap(found) {
		return found
	}
	at := &s.nodes[number]
	if at.key >= from {
		found = s.walk(at.left, from, found)
		if len(found) < cap(found) {
			found = append(found, at.key)
		}
	}
	return s.walk(at.right, from, found)
}
