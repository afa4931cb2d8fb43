// Package shop is an HTTP and JSON service over an invented catalogue.
package shop

import (
	"context"
	"net"
	"net/http"
	"runtime/pprof"
	"strings"
	"sync"

	"samples/catalog"
	"samples/lru"
)

// pageLength is how many products a search shows at a time.
const pageLength = 40

// Server answers the requests of the shop's customers.
type Server struct {
	catalog  *catalog.Catalog
	pages    *lru.Cache[string, []byte]
	thumbs   *lru.Cache[int, []byte]
	incoming chan *Order

	mu       sync.Mutex
	sessions map[string]*session

	ledgerMu sync.RWMutex
	ledger   []*Order

	prices *sync.Cond
}

// New returns a service over a made-up catalogue.
func New(products int) *Server {
	return &Server{
		catalog:  catalog.Build(11, products),
		pages:    lru.New[string, []byte](600),
		thumbs:   lru.New[int, []byte](40),
		incoming: make(chan *Order, 2),
		sessions: make(map[string]*session),
		prices:   sync.NewCond(&sync.Mutex{}),
	}
}

// Listen starts serving on a free loopback port and returns the base address.
func (s *Server) Listen() string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go http.Serve(listener, s.routes())
	return "http://" + listener.Addr().String()
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	s.handle(mux, "search", s.search)
	s.handle(mux, "tree", s.tree)
	s.handle(mux, "order", s.order)
	s.handle(mux, "report", s.report)
	s.handle(mux, "thumbnail", s.thumbnail)
	return mux
}

// handle registers a handler that runs under profiler labels for its route and customer.
func (s *Server) handle(mux *http.ServeMux, route string, handler http.HandlerFunc) {
	mux.HandleFunc("/"+route, func(w http.ResponseWriter, r *http.Request) {
		tier := "standard"
		if strings.HasSuffix(r.Header.Get("Customer"), "7") {
			tier = "gold"
		}
		labels := pprof.Labels("route", route, "tier", tier)
		pprof.Do(r.Context(), labels, func(ctx context.Context) {
			s.remember(r)
			handler(w, r.WithContext(ctx))
		})
	})
}
