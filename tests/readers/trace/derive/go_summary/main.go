// Command gotracesummary prints, goroutine by goroutine, what Go's own analysis of a trace says:
// nanoseconds of execution, of waiting for a proc, of system calls, blocked by reason, and in ranges.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"internal/trace"
	"io"
	"os"
)

type goroutine struct {
	Exec, Wait, Syscall, SyscallBlock int64
	Block, Range                      map[string]int64
}

func main() {
	input, err := os.Open(os.Args[1])
	check(err)
	reader, err := trace.NewReader(bufio.NewReader(input))
	check(err)
	summarizer := trace.NewSummarizer()
	for {
		event, err := reader.ReadEvent()
		if err == io.EOF {
			break
		}
		check(err)
		summarizer.Event(&event)
	}
	found := map[trace.GoID]goroutine{}
	for id, g := range summarizer.Finalize().Goroutines {
		block := map[string]int64{}
		for reason, time := range g.BlockTimeByReason {
			block[reason] = int64(time)
		}
		ranges := map[string]int64{}
		for name, time := range g.RangeTime {
			ranges[name] = int64(time)
		}
		found[id] = goroutine{
			int64(g.ExecTime), int64(g.SchedWaitTime), int64(g.SyscallTime), int64(g.SyscallBlockTime), block,
			ranges,
		}
	}
	check(json.NewEncoder(os.Stdout).Encode(found))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
