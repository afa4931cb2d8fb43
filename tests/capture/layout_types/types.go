// Package layout has types whose layouts are known to the compiler: its test
// prints them, and gotrace must read the same from the test binary.
package layout

import (
	"io"
	"sync"
	"time"
)

// Inner is embedded and held in an array.
type Inner struct {
	Small int8
	To    *int
	Tail  [3]uint16
}

// Pair is generic.
type Pair[K comparable, V any] struct {
	Key   K
	Value V
}

// Names is a slice with a name.
type Names []string

// Event has a field of every kind.
type Event struct {
	At       time.Time
	Name     string
	Data     []byte
	Counts   map[string]int
	Err      error
	From     io.Reader
	Any      any
	Some     [3]Inner
	Run      func(int) string
	Done     chan struct{}
	ByName   Pair[string, *Inner]
	ByNumber Pair[int, float64]
	All      Names
	Empty    struct{}
	Nothing  [0]*int
	IsOn     bool
	unnamed  struct {
		a int8
		b string
	}
	Inner
	sync.Mutex
	Last complex64
}

// Flat has no pointer at all.
type Flat struct {
	A uint8
	B float64
	C [5]int32
	D Pair[int8, uintptr]
}

// Header is just over 512 bytes, with one pointer at its start.
type Header struct {
	Next *Header
	Body [512]byte
}

// Kept holds one of each, so that nothing is left out.
type Kept struct {
	Events  []Event
	Flats   []Flat
	Headers []*Header
	Times   map[int]time.Time
}

// New makes some.
func New(n int) *Kept {
	return &Kept{Events: make([]Event, n), Flats: make([]Flat, n), Headers: []*Header{{}}}
}
