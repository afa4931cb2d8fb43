// Package growth reads tables of numbers, a row a line, with commas between.
package growth

import (
	"strconv"
	"strings"
)

// Table is what a text says; its rows may differ in length.
type Table struct {
	Rows [][]float64
}

// Parse reads a text.
func Parse(text string) (*Table, error) {
	t := &Table{Rows: make([][]float64, 0, strings.Count(text, "\n"))}
	for text != "" {
		var one string
		one, text, _ = strings.Cut(text, "\n")
		row, err := numbers(one)
		if err != nil {
			return nil, err
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

// Sum adds up all numbers.
func (t *Table) Sum() (sum float64) {
	for _, row := range t.Rows {
		for _, value := range row {
			sum += value
		}
	}
	return sum
}

func number(digits string) (float64, error) { return strconv.ParseFloat(digits, 64) }
