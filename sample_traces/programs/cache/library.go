package main

import (
	"context"
	"hash/fnv"
	"math/rand"
	"runtime/pprof"
	"strconv"
	"sync"
	"text/template"

	"samples/lru"
)

// library renders documents and caches them.
type library struct {
	shards   [4]*lru.Cache[int, *document]
	template *template.Template
	pinned   map[int]*document
	reads    sync.Map
}

func newLibrary(capacity int) *library {
	made := &library{
		template: template.Must(template.New("page").Parse(pageTemplate)),
		pinned:   make(map[int]*document),
	}
	for i := range made.shards {
		made.shards[i] = lru.New[int, *document](capacity / len(made.shards))
	}
	for id := 0; id < 256; id++ {
		made.pinned[id] = newDocument(id)
	}
	return made
}

// readAll shares the lookups among some readers and waits for them.
func (l *library) readAll(readers, lookups int) {
	var done sync.WaitGroup
	for number := 0; number < readers; number++ {
		done.Add(1)
		go func(number int) {
			defer done.Done()
			labels := pprof.Labels("reader", strconv.Itoa(number))
			pprof.Do(context.Background(), labels, func(context.Context) {
				l.read(rand.New(rand.NewSource(int64(number))), lookups/readers)
			})
		}(number)
	}
	done.Wait()
}

// read asks for documents: a few very often, most of them once.
func (l *library) read(random *rand.Rand, lookups int) {
	popularity := rand.NewZipf(random, 1.1, 8, 60_000)
	for i := 0; i < lookups; i++ {
		id := int(popularity.Uint64())
		found := l.lookUp(id)
		if i%16 == 0 {
			l.note(id, found)
		}
	}
}

func (l *library) lookUp(id int) *document {
	if found := l.pinned[id]; found != nil {
		return found
	}
	shard := l.shards[hash(id)%uint32(len(l.shards))]
	if found, ok := shard.Get(id); ok {
		return found
	}
	rendered := newDocument(id)
	if id%32 == 0 {
		rendered.page = l.renderPage(rendered)
	}
	shard.Put(id, rendered)
	return rendered
}

// note remembers the last digest under which a document was read.
func (l *library) note(id int, found *document) {
	l.reads.Store(id, found.digest[:4])
}

func hash(id int) uint32 {
	sum := fnv.New32a()
	sum.Write(strconv.AppendInt(nil, int64(id), 10))
	return sum.Sum32()
}
