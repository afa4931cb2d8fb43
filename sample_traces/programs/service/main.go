// Command service is a small shop: HTTP and JSON over loopback, and its own load generator.
package main

import (
	"context"
	"flag"
	"runtime/pprof"

	"samples/recording"
	"samples/shop"
)

// products is the size of the catalogue.
const products = 40_000

func main() {
	requests := flag.Int("requests", 8_000, "number of requests to answer")
	clients := flag.Int("clients", 8, "number of clients sending them")
	options := recording.Flags()
	flag.Parse()
	recording.Run(options, &service{requests: *requests, clients: *clients})
}

// service is the shop and its clients.
type service struct {
	requests, clients int
	server            *shop.Server
	load              *load
}

// WarmUp starts the service and sends it the first few requests.
func (s *service) WarmUp() {
	s.server = shop.New(products)
	for name, worker := range map[string]func(){
		"ledger-writer": s.server.WriteLedger,
		"janitor":       s.server.Janitor,
	} {
		startWorker(name, worker)
	}
	for i := 0; i < 24; i++ {
		startWorker("price-watch", s.server.WatchPrices)
	}
	s.load = newLoad(s.server.Listen(), s.clients)
	s.load.run(s.requests / 20)
}

// Work sends the rest of the requests.
func (s *service) Work() { s.load.run(s.requests) }

// startWorker runs a background goroutine that carries its name as a profiler label.
func startWorker(name string, worker func()) {
	labels := pprof.Labels("worker", name)
	go pprof.Do(context.Background(), labels, func(context.Context) { worker() })
}
