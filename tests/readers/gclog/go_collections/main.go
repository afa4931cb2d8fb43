// Command go_collections collects garbage some dozen times while it is traced, and prints what
// runtime.MemStats counted: to be run with GODEBUG=gctrace=1.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/trace"
)

type node struct {
	next *node
	data [5]int
}

var (
	list  *node
	large [][]byte
)

func churn(rounds int) {
	for i := 0; i < rounds; i++ {
		list = &node{next: list}
		if i%6000 == 0 {
			list = nil
			large = append(large, make([]byte, 300_000))
		}
		if len(large) > 16 {
			large = large[8:]
		}
	}
}

func main() {
	file, err := os.Create(os.Args[1])
	if err != nil {
		panic(err)
	}
	if err := trace.Start(file); err != nil {
		panic(err)
	}
	churn(3_000_000)
	runtime.GC()
	churn(200_000)
	runtime.GC() // so that no cycle is under way when tracing stops
	trace.Stop()
	if err := file.Close(); err != nil {
		panic(err)
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	fmt.Println(stats.NumGC, stats.NumForcedGC, stats.PauseTotalNs)
}
