// Sources: texts of Go programs are made, parsed and printed again; the syntax trees of the last
// ones are kept.
package main

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"strconv"
)

const files, recent = 1400, 60

var trees [64][]*ast.File

func word(r *random) string {
	letters := make([]byte, 4+r.below(12))
	for i := range letters {
		letters[i] = byte('a' + r.below(26))
	}
	return "x" + string(letters)
}

func source(r *random, text *bytes.Buffer) []byte {
	text.Reset()
	text.WriteString("package p\n")
	for range 10 + r.below(30) {
		name := word(r)
		text.WriteString("// " + name + " adds.\nfunc " + name + "(a, b int) int {\n")
		for range 2 + r.below(10) {
			text.WriteString("if a > " + strconv.Itoa(r.below(1000)) + " { b = a + f(b, \"" + word(r) + "\") }\n")
		}
		text.WriteString("return a + b\n}\n")
	}
	return text.Bytes()
}

func main() {
	window(func(worker, workers int) {
		r := random(worker + 1)
		text, printed := new(bytes.Buffer), new(bytes.Buffer)
		mine := make([]*ast.File, recent/workers)
		trees[worker] = mine
		for i := range files / workers {
			set := token.NewFileSet()
			parsed, err := parser.ParseFile(set, "p.go", source(&r, text), parser.ParseComments)
			if err != nil {
				panic(err)
			}
			printed.Reset()
			if err := format.Node(printed, set, parsed); err != nil {
				panic(err)
			}
			spend(worker, checksum(printed.Bytes()))
			mine[i%len(mine)] = parsed
		}
	})
}
