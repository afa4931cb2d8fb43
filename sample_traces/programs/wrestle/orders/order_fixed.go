//go:build fixed

package orders

// An order has 48 bytes.
type order struct {
	next     *order
	id       uint64
	account  uint64
	price    int64
	quantity int64
	isUrgent bool
	isBuy    bool
	venue    uint8
	flags    uint8
}
