// Command parsev1 reads a trace to its end with the parser of Go 1.21, and says how many events it has.
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
	result, err := trace.ParseWithoutBinary(bufio.NewReader(input))
	if err != nil {
		panic(err)
	}
	fmt.Println(len(result.Events))
}
