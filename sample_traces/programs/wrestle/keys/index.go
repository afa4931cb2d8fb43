// Package keys finds rows by their keys.
package keys

// Index knows the row of each key.
type Index struct {
	rows map[uint64]int32
}

// Build makes an index; of rows with the same key the last one counts.
func Build(keys []uint64) *Index {
	x := empty(len(keys))
	for row, key := range keys {
		x.rows[key] = int32(row) // planted: presize-map
	}
	return x
}

// Row tells the row of a key, -1 if there is none.
func (x *Index) Row(key uint64) int {
	if row, isKnown := x.rows[key]; isKnown {
		return int(row)
	}
	return -1
}
