package shop

import (
	"net/http"
	"time"
)

// session is what the service remembers about a customer.
type session struct {
	customer string
	seen     []string
	cart     map[int]int
	since    time.Time
}

// remember adds the request to the customer's session, all under one lock.
func (s *Server) remember(r *http.Request) {
	customer := r.Header.Get("Customer")
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.sessions[customer]
	if known == nil {
		known = newSession(customer)
		s.sessions[customer] = known
	}
	known.seen = append(known.seen, r.URL.RequestURI())
	if len(known.seen) > 64 {
		known.seen = append([]string(nil), known.seen[32:]...)
	}
}

func newSession(customer string) *session {
	return &session{customer: customer, cart: make(map[int]int), since: time.Now()}
}

// Janitor would end idle sessions, once an hour.
func (s *Server) Janitor() {
	for range time.Tick(time.Hour) {
		s.mu.Lock()
		for customer, known := range s.sessions {
			if time.Since(known.since) > time.Hour {
				delete(s.sessions, customer)
			}
		}
		s.mu.Unlock()
	}
}

// WatchPrices waits for a price change that never comes.
func (s *Server) WatchPrices() {
	s.prices.L.Lock()
	defer s.prices.L.Unlock()
	for {
		s.prices.Wait()
	}
}
