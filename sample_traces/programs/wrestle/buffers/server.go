// Package buffers answers requests for reports.
package buffers

import (
	"io"
	"strconv"
)

// Item is one line of a report.
type Item struct {
	Name  string
	Cents int64
}

// Order is what somebody asks a report of.
type Order struct {
	Number int64
	Items  []Item
}

// appendReport writes an order out.
func appendReport(to []byte, order Order) []byte {
	to = append(to, `{"order":`...)
	to = strconv.AppendInt(to, order.Number, 10)
	to = append(to, `,"items":[`...)
	for number, item := range order.Items {
		if number > 0 {
			to = append(to, ',')
		}
		to = append(to, `{"name":`...)
		to = strconv.AppendQuote(to, item.Name)
		to = append(to, `,"cents":`...)
		to = strconv.AppendInt(to, item.Cents, 10)
		to = append(to, '}')
	}
	return append(to, "]}\n"...)
}

// A Ledger remembers what was answered.
type Ledger struct {
	entries []*Entry
}

// Entry is one answer.
type Entry struct {
	Order int64
	Bytes int
}

// Serve answers orders in turn, and notes down how long each answer was.
func (l *Ledger) Serve(w io.Writer, orders []Order) error {
	for _, order := range orders {
		written, err := answer(w, order)
		if err != nil {
			return err
		}
		l.entries = append(l.entries, &Entry{order.Number, written})
	}
	return nil
}
