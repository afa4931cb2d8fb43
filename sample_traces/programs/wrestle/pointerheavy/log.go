// Package pointerheavy keeps an access log in memory and answers questions about it.
package pointerheavy

import (
	"strconv"
	"strings"
)

// Answer is what is known of one host.
type Answer struct {
	Requests int
	Failed   int
	Bytes    int64
	Paths    []string
}

// fields cuts "host path status size".
func fields(row string) (host, path string, status, size int32) {
	host, row, _ = strings.Cut(row, " ")
	path, row, _ = strings.Cut(row, " ")
	first, second, _ := strings.Cut(row, " ")
	return host, path, number(first), number(second)
}

func number(digits string) int32 {
	value, _ := strconv.ParseInt(digits, 10, 32)
	return int32(value)
}
