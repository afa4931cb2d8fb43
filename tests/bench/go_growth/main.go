// Command growth records a trace of itself while it makes objects and keeps them all.
//
//	growth OBJECTS FILE
package main

import (
	"os"
	"runtime"
	"runtime/trace"
	"strconv"
)

type item struct {
	left, right *item
	key         [4]int64
}

func main() {
	count, _ := strconv.Atoi(os.Args[1])
	file, _ := os.Create(os.Args[2])
	kept := make([]*item, count)
	trace.Start(file)
	for i := range kept {
		kept[i] = &item{key: [4]int64{int64(i)}}
	}
	trace.Stop()
	file.Close()
	runtime.KeepAlive(kept)
}
