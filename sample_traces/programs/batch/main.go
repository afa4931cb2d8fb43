// Command batch digests an invented access log: parse, aggregate, sort, report.
package main

import (
	"flag"

	"samples/recording"
)

func main() {
	lines := flag.Int("lines", 400_000, "number of log lines to digest")
	warmUp := flag.Int("warmup", 20_000, "number of log lines to digest beforehand")
	workers := flag.Int("workers", 2, "number of goroutines that parse")
	chunk := flag.Int("chunk", 2_000, "number of lines a parser gets at a time")
	options := recording.Flags()
	flag.Parse()
	recording.Run(options, &batch{
		lines: *lines, warmUp: *warmUp,
		job: newJob(*workers, *chunk),
	})
}

type batch struct {
	lines, warmUp int
	job           *job
}

// WarmUp starts the workers and digests a little, so that their stacks have grown.
func (b *batch) WarmUp() {
	b.job.start()
	b.job.digest(1, b.warmUp)
}

// Work digests the log and keeps the tables.
func (b *batch) Work() { b.job.digest(2, b.lines) }
