//go:build !more_in_use

package store

const spare = 0
