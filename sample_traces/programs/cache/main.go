// Command cache renders documents through a bounded cache: a few that are asked for all the time
// and a long tail that is rendered, kept for a moment and evicted.
package main

import (
	"flag"

	"samples/recording"
)

func main() {
	lookups := flag.Int("lookups", 150_000, "number of documents to ask for")
	capacity := flag.Int("capacity", 4_000, "number of documents the cache holds")
	readers := flag.Int("readers", 4, "number of goroutines that ask")
	options := recording.Flags()
	flag.Parse()
	recording.Run(options, &program{
		lookups: *lookups, readers: *readers,
		library: newLibrary(*capacity),
	})
}

type program struct {
	lookups, readers int
	library          *library
}

// WarmUp fills the cache.
func (p *program) WarmUp() { p.library.readAll(p.readers, p.lookups/10) }

// Work asks for documents until all lookups are done.
func (p *program) Work() { p.library.readAll(p.readers, p.lookups) }
