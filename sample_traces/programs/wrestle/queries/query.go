// Package queries writes questions to a database.
package queries

import "strings"

// Query is a question.
type Query struct {
	Table   string
	Columns []string
	Where   []string
}

// SQL writes it out.
func (q Query) SQL() string { // planted: presize-slice
	var made strings.Builder
	q.prepare(&made)
	made.WriteString("SELECT ")
	for number, column := range q.Columns {
		if number > 0 {
			made.WriteString(", ")
		}
		made.WriteString(column)
	}
	made.WriteString(" FROM ")
	made.WriteString(q.Table)
	for number, condition := range q.Where {
		if number == 0 {
			made.WriteString(" WHERE ")
		} else {
			made.WriteString(" AND ")
		}
		made.WriteString(condition)
	}
	return made.String()
}
