// Package reasons has a line for each reason why something is on the heap.
// Behind each: the reason, and the first and last version of Go 1 it holds for.
package reasons

import (
	"fmt"
	"io"
	"strings"
)

type node struct {
	next *node
	size int
}

type visitor interface{ visit(*node) }

type big struct{ data [16 << 20]byte }

var (
	global  *node
	byName  = map[string]*node{}
	sink    any
	channel = make(chan *node, 1)
)

func tooLargeVariable() byte {
	var b big // want: too-large-for-stack
	p := &b
	return p.data[len(byName)]
}

func tooLargeNew() byte {
	p := new(big) // want: too-large-for-stack
	return p.data[len(byName)]
}

func tooLargeSlice() byte {
	b := make([]byte, 1<<20) // want: too-large-for-stack
	return b[len(byName)]
}

func unknownSize(n int) int {
	b := make([]int, n, n+1) // want: size-unknown
	return b[0]
}

func grownAndReturned(n int) []int {
	var xs []int
	for i := 0; i < n; i++ {
		xs = append(xs, i) // want: slice-growth 25-
	}
	return xs
}

func grownHere(n int) int {
	var xs []int
	for i := 0; i < n; i++ {
		xs = append(xs, i) // want: slice-growth 25-
	}
	return len(xs)
}

func newMap(n int) map[string]int {
	return make(map[string]int, n) // want: map-growth
}

func boxedForACall(n int) {
	fmt.Println(n) // want: interface-conversion
}

func boxedAndStored(n node) {
	sink = n // want: interface-conversion
}

func boxedConstant() {
	sink = 4711 // want: constant
}

func captured() func() int {
	count := 0          // want: closure-capture
	return func() int { // want: closure
		count++
		return count
	}
}

func variadic(values ...any) { sink = values } // want: interface-conversion

func callsVariadic(n *node) {
	variadic(n) // want: variadic-arguments
}

func concatenated(a, b string) string {
	return a + b // want: string-concatenation
}

func fromBytes(b []byte) string {
	return string(b) // want: string-conversion
}

func toBytes(s string) []byte {
	return []byte(s) // want: string-conversion
}

func returned() *node {
	n := &node{} // want: returned
	return n
}

func variableReturned() *int {
	n := 4 // want: returned
	return &n
}

func storedInVariable() {
	global = new(node) // want: stored
}

func storedInMap(name string) {
	byName[name] = &node{} // want: stored
}

func storedInField(n *node) {
	n.next = &node{} // want: stored
}

func sent() {
	channel <- &node{} // want: sent-on-channel
}

func passedToInterface(v visitor) int {
	var n node // want: call-parameter
	v.visit(&n)
	return n.size
}

func passedToFunction(visit func(*node)) {
	visit(&node{}) // want: call-parameter
}

func started(n *node) {
	go func() { // want: goroutine
		global = n
	}()
}

func held() []*node {
	return []*node{ // want: returned
		{size: 1}, // want: held-by-escaping
	}
}

func outlives() int {
	var last *int
	total := 0
	for i := 0; i < 3; i++ {
		here := i // want: outlives
		if last != nil {
			total += *last
		}
		last = &here
	}
	return total
}

func leaks(n *node) { // want: parameter-leaks
	global = n
}

func stays() int {
	n := &node{size: 1} // want: stays
	return n.size
}

func inlined(s string) io.Reader {
	return strings.NewReader(s) // want: returned
}
