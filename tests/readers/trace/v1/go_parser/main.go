// Command gotracev1dump prints the events of a trace as the parser of Go 1.21 has them.
//
// One line an event: time, type, proc, goroutine, three arguments; then, behind tabs, the stack and
// the texts. An error is printed as `error: ...`. With `count` behind the file, only how many.
package main

import (
	"bufio"
	"fmt"
	"internal/trace"
	"os"
)

func main() {
	input, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	result, err := trace.ParseWithoutBinary(bufio.NewReader(input))
	if len(os.Args) > 2 && os.Args[2] == "count" {
		if err != nil {
			panic(err)
		}
		fmt.Fprintln(output, len(result.Events))
		return
	}
	if err != nil {
		fmt.Fprintln(output, "error:", err)
		return
	}
	for _, e := range result.Events {
		fmt.Fprintf(output, "%d %d %d %d %d %d %d\t", e.Ts, e.Type, e.P, e.G, e.Args[0], e.Args[1], e.Args[2])
		for i, f := range e.Stk {
			if i > 0 {
				fmt.Fprint(output, ";")
			}
			fmt.Fprintf(output, "%d|%s|%s|%d", f.PC, f.Fn, f.File, f.Line)
		}
		fmt.Fprintf(output, "\t%q\n", e.SArgs)
	}
}
