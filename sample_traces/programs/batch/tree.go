package main

import (
	"fmt"
	"sort"
	"strings"
)

// node is a directory of the site: a tree by path segment.
type node struct {
	segment  string
	bytes    int64
	children map[string]*node
}

// insert adds bytes to every node along a path.
func (n *node) insert(path []string, bytes int64) {
	n.bytes += bytes
	if len(path) == 0 {
		return
	}
	n.child(path[0]).insert(path[1:], bytes)
}

func (n *node) child(segment string) *node {
	if n.children == nil {
		n.children = make(map[string]*node)
	}
	found := n.children[segment]
	if found == nil {
		found = &node{segment: segment}
		n.children[segment] = found
	}
	return found
}

// print writes the tree, one line for each node, children in order of their names.
func (n *node) print(text *strings.Builder, depth int) {
	fmt.Fprintf(text, "%s%s %d\n", strings.Repeat("  ", depth), n.segment, n.bytes)
	for _, name := range n.names() {
		n.children[name].print(text, depth+1)
	}
}

func (n *node) names() []string {
	names := make([]string, 0, len(n.children))
	for name := range n.children {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
