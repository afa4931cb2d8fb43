// Command gotracedump reads a trace to its end with Go's own reader.
//
//	gotracedump count TRACE           only reads, and prints how many events there are
//	gotracedump dump TRACE EVENTS TABLES
//
// writes every event as nine little-endian 64-bit words (time, type, thread, proc, goroutine, four
// arguments; the type's name of a task that ends is the hash of its text) and, as JSON, the strings
// and stacks of every generation. An error is printed as `error: ...`, with exit code 1.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"internal/trace"
	"io"
	"os"
)

type frame struct {
	PC   uint64
	Func string
	File string
	Line uint64
}

type tables struct {
	Strings map[uint64]string
	Stacks  map[uint64][]frame
}

func main() {
	input, err := os.Open(os.Args[2])
	check(err)
	reader, err := trace.NewReader(bufio.NewReaderSize(input, 1<<20))
	check(err)
	if os.Args[1] == "count" {
		count(reader)
		return
	}
	output, err := os.Create(os.Args[3])
	check(err)
	words := bufio.NewWriterSize(output, 1<<20)
	var generations []tables
	for {
		event, err := reader.ReadEvent()
		if err == io.EOF {
			break
		}
		check(err)
		if event.Kind() == trace.EventSync {
			generations = append(generations, tablesOf(event))
		}
		write(words, event)
	}
	check(words.Flush())
	text, err := json.Marshal(generations)
	check(err)
	check(os.WriteFile(os.Args[4], text, 0o600))
}

func count(reader *trace.Reader) {
	events := 0
	for {
		_, err := reader.ReadEvent()
		if err == io.EOF {
			fmt.Println(events)
			return
		}
		check(err)
		events++
	}
}

func write(words io.Writer, event trace.Event) {
	typ, args := trace.Peek(event)
	if event.Kind() == trace.EventTaskEnd {
		hash := fnv.New64a()
		hash.Write([]byte(event.Task().Type))
		args[3] = hash.Sum64()
	}
	record := []uint64{
		uint64(event.Time()), uint64(typ),
		uint64(event.Thread()), uint64(event.Proc()), uint64(event.Goroutine()),
		args[0], args[1], args[2], args[3],
	}
	check(binary.Write(words, binary.LittleEndian, record))
}

func tablesOf(event trace.Event) tables {
	found := tables{Stacks: map[uint64][]frame{}}
	strings, stacks := trace.Tables(event)
	found.Strings = strings
	for id, frames := range stacks {
		for _, f := range frames {
			found.Stacks[id] = append(found.Stacks[id], frame{f.PC, f.Func, f.File, f.Line})
		}
	}
	return found
}

func check(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}
