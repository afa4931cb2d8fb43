//go:build more_in_use

package store

// Room to grow that nobody uses: a value of 1152 bytes takes 1280, about a tenth more.
const spare = 128
