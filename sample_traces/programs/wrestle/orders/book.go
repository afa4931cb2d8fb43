// Package orders keeps the latest orders of a market.
package orders

// Book holds orders until newer ones take their place.
type Book struct {
	first, last   *order
	orders, limit int
}

// New makes a book of at most so many orders.
func New(limit int) *Book { return &Book{limit: limit} }

// Add adds an order.
func (b *Book) Add(id uint64, price, quantity int64) {
	added := &order{id: id, price: price, quantity: quantity, isBuy: id%2 == 0} // planted: shrink-below-class
	if b.last == nil {
		b.first = added
	} else {
		b.last.next = added
	}
	b.last = added
	for b.orders++; b.orders > b.limit; b.orders-- {
		b.first = b.first.next
	}
}

// Bought tells how much the orders in the book want to buy.
func (b *Book) Bought() (quantity int64) {
	for one := b.first; one != nil; one = one.next {
		if one.isBuy && !one.isUrgent {
			quantity += one.quantity
		}
	}
	return quantity
}
