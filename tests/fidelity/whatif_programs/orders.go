// Orders: sheets of comma-separated lines are written, read, grouped by customer, sorted and printed
// as a table; customers keep their last orders.
package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"text/tabwriter"
)

type order struct {
	customer, article string
	count             int
	price             float64
}

const sheets, customers, last = 2000, 9000, 6

var books [64]map[string][]*order

func sheet(r *random, text *bytes.Buffer) {
	text.Reset()
	lines := csv.NewWriter(text)
	for range 100 + r.below(300) {
		// The lower of two: some customers order more often.
		customer := "customer " + strconv.Itoa(min(r.below(customers), r.below(customers)))
		article := fmt.Sprintf("article %c%d, \"%d\"", 'A'+r.below(26), r.below(1000), r.below(50))
		lines.Write([]string{customer, article, strconv.Itoa(1 + r.below(20)), strconv.Itoa(r.below(9999))})
	}
	lines.Flush()
}

func read(text *bytes.Buffer) []*order {
	rows, err := csv.NewReader(text).ReadAll()
	if err != nil {
		panic(err)
	}
	var found []*order
	for _, row := range rows {
		count, err := strconv.Atoi(row[2])
		if err != nil {
			panic(err)
		}
		cents, err := strconv.ParseFloat(row[3], 64)
		if err != nil {
			panic(err)
		}
		found = append(found, &order{row[0], row[1], count, cents / 100})
	}
	slices.SortFunc(found, func(a, b *order) int { return compare(a.customer, b.customer) })
	return found
}

func main() {
	window(func(worker, workers int) {
		r := random(worker + 1)
		text, page := new(bytes.Buffer), new(bytes.Buffer)
		book := map[string][]*order{}
		books[worker] = book
		for range sheets / workers {
			sheet(&r, text)
			page.Reset()
			columns := tabwriter.NewWriter(page, 0, 8, 1, ' ', 0)
			for _, one := range read(text) {
				fmt.Fprintf(columns, "%s\t%s\t%d\t%.2f\n", one.customer, one.article, one.count, one.price)
				kept := append(book[one.customer], one)
				if len(kept) > last {
					kept = slices.Clone(kept[1:])
				}
				book[one.customer] = kept
			}
			columns.Flush()
			spend(worker, checksum(page.Bytes()))
		}
	})
}
