// Package expressions reads arithmetic into trees. Nothing is wrong with it: every node is part of
// what it returns.
package expressions

import (
	"fmt"
	"strconv"
)

// Node is a number (Op 0), or an operation on what two others say.
type Node struct {
	Op          byte
	Value       float64
	Left, Right *Node
}

// Parse reads whole numbers, + - * / and parentheses, without blanks.
func Parse(text string) (*Node, error) {
	p := parser{text: text}
	node, err := p.sum()
	if err == nil && p.at != len(text) {
		err = fmt.Errorf("at %d: %q is not understood", p.at, text[p.at:])
	}
	return node, err
}

// Result calculates it.
func (n *Node) Result() float64 {
	if n.Op == 0 {
		return n.Value
	}
	left, right := n.Left.Result(), n.Right.Result()
	switch n.Op {
	case '+':
		return left + right
	case '-':
		return left - right
	case '*':
		return left * right
	}
	return left / right
}

type parser struct {
	text string
	at   int
}

func (p *parser) sum() (*Node, error) {
	left, err := p.product()
	for err == nil && p.is('+', '-') {
		left, err = p.with(left, p.product)
	}
	return left, err
}

func (p *parser) product() (*Node, error) {
	left, err := p.atom()
	for err == nil && p.is('*', '/') {
		left, err = p.with(left, p.atom)
	}
	return left, err
}

func (p *parser) is(one, other byte) bool {
	return p.at < len(p.text) && (p.text[p.at] == one || p.text[p.at] == other)
}

func (p *parser) with(left *Node, next func() (*Node, error)) (*Node, error) {
	op := p.text[p.at]
	p.at++
	right, err := next()
	return &Node{Op: op, Left: left, Right: right}, err
}

func (p *parser) atom() (*Node, error) {
	if p.is('(', '(') {
		p.at++
		node, err := p.sum()
		p.at++
		return node, err
	}
	start := p.at
	for p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
		p.at++
	}
	value, err := strconv.ParseFloat(p.text[start:p.at], 64)
	return &Node{Value: value}, err
}
