// Package series keeps the latest points of many series. Nothing is wrong with it: points are
// values without pointers, in room that is made once.
package series

import "sort"

// Point is one measurement.
type Point struct {
	Second int64
	Value  float64
}

// Store holds series by name.
type Store struct {
	points map[string][]Point
}

// New makes a store with room for so many points in each series.
func New(names []string, room int) *Store {
	s := &Store{make(map[string][]Point, len(names))}
	for _, name := range names {
		s.points[name] = make([]Point, 0, room)
	}
	return s
}

// Add adds a point; a full series forgets its oldest half.
func (s *Store) Add(name string, point Point) {
	kept := s.points[name]
	if len(kept) == cap(kept) {
		kept = kept[:copy(kept, kept[len(kept)/2:])]
	}
	s.points[name] = append(kept, point)
}

// Highest returns the latest points of a series, the highest first.
func (s *Store) Highest(name string, count int) []Point {
	all := s.points[name]
	found := make([]Point, min(count, len(all)))
	copy(found, all[len(all)-len(found):])
	sort.Slice(found, func(i, j int) bool { return found[i].Value > found[j].Value })
	return found
}
