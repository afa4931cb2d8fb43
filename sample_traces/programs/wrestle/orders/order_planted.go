//go:build !fixed

package orders

// An order has 72 bytes, of which 28 are padding.
type order struct {
	isUrgent bool
	id       uint64
	isBuy    bool
	price    int64
	venue    uint8
	quantity int64
	flags    uint8
	account  uint64
	next     *order
}
