// Package store keeps values until they are deleted.
package store

// Store is a map of values of one size.
type Store struct {
	values map[int][]byte
}

// New makes a store with room for so many values.
func New(room int) *Store {
	return &Store{values: make(map[int][]byte, room)}
}

// Put copies the value into the store.
func (s *Store) Put(key int, value []byte) {
	s.values[key] = append(make([]byte, 0, len(value)+spare), value...)
}

// Len is the number of values.
func (s *Store) Len() int {
	return len(s.values)
}
