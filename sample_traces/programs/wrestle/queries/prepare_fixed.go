//go:build fixed

package queries

import "strings"

// prepare makes room for all that will be written.
func (q Query) prepare(made *strings.Builder) {
	size := len("SELECT  FROM ") + len(q.Table) + 2*len(q.Columns) + 7*len(q.Where)
	for _, column := range q.Columns {
		size += len(column)
	}
	for _, condition := range q.Where {
		size += len(condition)
	}
	made.Grow(size)
}
