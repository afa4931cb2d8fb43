// Command memstats traces itself with every allocation and free, and notes runtime.MemStats twice:
// where it logs "before" and "after". Run with GODEBUG=traceallocfree=1 GOMAXPROCS=1.
//
//	memstats TRACE STATS
//
// What it needs for that is allocated before, so that between the two logs all is the work's.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/trace"
	"strings"
)

type tree struct {
	left, right *tree
	name        string
	payload     [20]int64
}

var (
	before, after runtime.MemStats
	roots         [64]*tree
	pieces        = make([][]byte, 256)
	kept          []string
)

func grow(depth int) *tree {
	if depth == 0 {
		return nil
	}
	return &tree{left: grow(depth - 1), right: grow(depth - 1), name: "node"}
}

func work() {
	for i := 0; i < 400; i++ {
		roots[i%len(roots)] = grow(3 + i%4)
		pieces[i%len(pieces)] = make([]byte, 1+i*i%40000)
		words := strings.Fields(fmt.Sprintf("the %d quick %d brown foxes", i, i*i))
		kept = append(kept, words[i%len(words)])
		if i%150 == 149 {
			runtime.GC()
		}
	}
}

func main() {
	ctx := context.Background()
	var recorded bytes.Buffer
	recorded.Grow(32 << 20)
	work()
	if err := trace.Start(&recorded); err != nil {
		panic(err)
	}
	runtime.GC()
	trace.Log(ctx, "memstats", "before")
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	trace.Log(ctx, "memstats", "after")
	trace.Stop()
	text, _ := json.Marshal([]runtime.MemStats{before, after})
	os.WriteFile(os.Args[2], text, 0o600)
	os.WriteFile(os.Args[1], recorded.Bytes(), 0o600)
}
