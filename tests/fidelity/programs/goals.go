// Allocates, and writes down after every collection what the runtime says of its pacer: os.Args[1] is
// the trace to record, os.Args[2] where the numbers go, os.Args[3] the work, os.Args[4] how much.
package main

import (
	"encoding/json"
	"os"
	"runtime"
	"runtime/metrics"
	"runtime/trace"
	"strconv"
	"time"
)

var names = []string{
	"/gc/cycles/total:gc-cycles",
	"/gc/heap/goal:bytes",
	"/gc/heap/live:bytes",
	"/gc/scan/stack:bytes",
	"/gc/scan/globals:bytes",
	"/gc/scan/heap:bytes",
	"/memory/classes/total:bytes",
	"/memory/classes/heap/released:bytes",
	"/memory/classes/heap/free:bytes",
	"/memory/classes/heap/objects:bytes",
}

// rereads is how often look asks again for two readings in a row that say the same.
const rereads = 8

var (
	samples = make([]metrics.Sample, len(names))
	again   = make([]metrics.Sample, len(names))
	told    [2048][11]uint64
	cycles  int
	last    uint64
)

// look writes down the pacer, if a collection has ended since it looked last.
//
// A reading is not of one moment: the runtime computes the goal first and reads what is mapped, free
// and in use after it, and meanwhile this goroutine may have been stopped for another that gave
// memory back. If two readings say the same, then so was it between them, when the second goal was
// computed; the last number is 1 if there were two such.
func look() {
	metrics.Read(samples)
	if samples[0].Value.Uint64() == last || cycles == len(told) {
		return
	}
	for try := 0; try < rereads && told[cycles][len(names)] == 0; try++ {
		metrics.Read(again)
		if same() {
			told[cycles][len(names)] = 1
		}
		samples, again = again, samples
	}
	for i := range samples {
		told[cycles][i] = samples[i].Value.Uint64()
	}
	last = told[cycles][0]
	cycles++
}

// same says whether both readings give the same numbers.
func same() bool {
	for i := range samples {
		if samples[i].Value.Uint64() != again[i].Value.Uint64() {
			return false
		}
	}
	return true
}

type random uint64

func (r *random) below(n int) int {
	*r = *r*6364136223846793005 + 1442695040888963407
	return int(uint64(*r>>33) % uint64(n))
}

type node struct {
	left, right *node
	data        []byte
}

var kept []*node
var bytes [][]byte
var sink []byte

// deep holds a stack of some depth until it may go.
func deep(n int, stay chan bool) int {
	var room [256]byte
	if n == 0 {
		<-stay
		return int(room[0])
	}
	return deep(n-1, stay) + int(room[n%256])
}

// churn keeps a graph that changes, with more and fewer stacks from phase to phase.
func churn(steps int) {
	r := random(7)
	stay := make(chan bool)
	held := 0
	kept = make([]*node, 30000)
	for step := 0; step < steps; step++ {
		if step%50000 == 0 {
			for ; held > 0; held-- {
				stay <- true
			}
			for held = 0; held < 10*(step/50000%7); held++ {
				go deep(20*held, stay)
			}
			runtime.Gosched()
		}
		at := r.below(len(kept) / (1 + step/100000%3))
		kept[at] = &node{kept[r.below(len(kept))], nil, make([]byte, 16+r.below(200))}
		if r.below(50) == 0 {
			kept[at].left = nil
			sink = make([]byte, 1000+r.below(60000))
		}
		if step%16 == 0 {
			look()
		}
	}
}

// fast keeps a graph that never changes, and throws away so much beside it that marking it cannot
// begin early enough.
func fast(steps int) {
	kept = make([]*node, 200000)
	for i := range kept {
		kept[i] = &node{left: kept[i/2]}
	}
	for step := 0; step < steps; step++ {
		sink = make([]byte, 30000)
		if step%16 == 0 {
			look()
		}
	}
}

// slow has little to mark, and computes much between two allocations: it can begin late.
func slow(steps int) {
	bytes = make([][]byte, 1000)
	for step := 0; step < steps; step++ {
		bytes[step%len(bytes)] = make([]byte, 8192)
		for start := time.Now(); time.Since(start) < 100*time.Microsecond; {
		}
		if step%16 == 0 {
			look()
		}
	}
}

// small takes one span of 8 KiB after the other.
func small(steps int) {
	kept = make([]*node, 20000)
	for step := 0; step < steps; step++ {
		kept[step%len(kept)] = new(node)
		if step%16 == 0 {
			look()
		}
	}
}

// plain keeps hardly anything with pointers, so that marking is soon done.
func plain(steps int) {
	r := random(9)
	bytes = make([][]byte, 2000)
	for step := 0; step < steps; step++ {
		bytes[r.below(len(bytes))] = make([]byte, 1024+r.below(7000))
		if step%16 == 0 {
			look()
		}
	}
}

func main() {
	file, err := os.Create(os.Args[1])
	if err != nil {
		panic(err)
	}
	for i, name := range names {
		samples[i].Name, again[i].Name = name, name
	}
	if err := trace.Start(file); err != nil {
		panic(err)
	}
	steps, _ := strconv.Atoi(os.Args[4])
	works := map[string]func(int){
		"churn": churn, "fast": fast, "slow": slow, "small": small, "plain": plain,
	}
	works[os.Args[3]](steps)
	trace.Stop()
	if err := file.Close(); err != nil {
		panic(err)
	}
	text, err := json.Marshal(told[:cycles])
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile(os.Args[2], text, 0o644); err != nil {
		panic(err)
	}
}
