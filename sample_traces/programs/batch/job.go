package main

import (
	"context"
	"fmt"
	"math/rand"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
)

// job is a pool of parsers and the tables they fill.
type job struct {
	workers, chunkLines int
	chunks              chan chunk
	parsed              chan []*record
	tables              *tables
}

type chunk struct {
	ctx  context.Context
	text string
}

func newJob(workers, chunkLines int) *job {
	return &job{
		workers: workers, chunkLines: chunkLines,
		chunks: make(chan chunk), parsed: make(chan []*record),
		tables: newTables(),
	}
}

// start starts the parsers; they live as long as the process.
func (j *job) start() {
	for number := 0; number < j.workers; number++ {
		labels := pprof.Labels("stage", "parse", "worker", strconv.Itoa(number))
		go pprof.Do(context.Background(), labels, j.parseChunks)
	}
}

func (j *job) parseChunks(context.Context) {
	for each := range j.chunks {
		var records []*record
		trace.WithRegion(each.ctx, "parse", func() { records = parse(each.text) })
		j.parsed <- records
	}
}

// digest makes up a log of that many lines, parses it in chunks and adds it to the tables.
func (j *job) digest(seed int64, lines int) {
	ctx, task := trace.NewTask(context.Background(), "digest")
	defer task.End()
	random := rand.New(rand.NewSource(seed))
	pending := 0
	for first := 0; first < lines; first += j.chunkLines {
		text := writeLog(random, first, min(j.chunkLines, lines-first))
		if pending == j.workers {
			j.aggregate(ctx, <-j.parsed)
			pending--
		}
		j.chunks <- chunk{ctx, text}
		pending++
	}
	for ; pending > 0; pending-- {
		j.aggregate(ctx, <-j.parsed)
	}
	j.report(ctx)
}

func (j *job) aggregate(ctx context.Context, records []*record) {
	pprof.Do(ctx, pprof.Labels("stage", "aggregate"), func(ctx context.Context) {
		defer trace.StartRegion(ctx, "aggregate").End()
		j.tables.add(records)
	})
}

func (j *job) report(ctx context.Context) {
	pprof.Do(ctx, pprof.Labels("stage", "report"), func(ctx context.Context) {
		defer trace.StartRegion(ctx, "report").End()
		trace.Log(ctx, "hosts", fmt.Sprint(len(j.tables.hosts)))
		j.tables.finish()
	})
}
