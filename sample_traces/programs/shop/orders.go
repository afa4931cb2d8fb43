package shop

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Order is what a client sends and what the ledger keeps.
type Order struct {
	Customer string  `json:"customer"`
	Lines    []Line  `json:"lines"`
	Note     string  `json:"note,omitempty"`
	Total    int64   `json:"total"`
	Receipt  *string `json:"receipt,omitempty"`
}

type Line struct {
	Product  int `json:"product"`
	Quantity int `json:"quantity"`
}

func (s *Server) order(w http.ResponseWriter, r *http.Request) {
	placed := new(Order)
	if err := json.NewDecoder(r.Body).Decode(placed); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := s.price(placed); err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	s.fillCart(placed)
	s.incoming <- placed
	json.NewEncoder(w).Encode(map[string]any{"total": placed.Total, "receipt": placed.Receipt})
}

func (s *Server) price(placed *Order) error {
	for _, line := range placed.Lines {
		product := s.catalog.Product(line.Product)
		if product == nil {
			return fmt.Errorf("no product %d", line.Product)
		}
		placed.Total += product.Cents * int64(line.Quantity)
	}
	placed.Receipt = receipt(placed)
	return nil
}

func receipt(placed *Order) *string {
	hash := sha256.New()
	for _, line := range placed.Lines {
		fmt.Fprintf(hash, "%d x %d\n", line.Quantity, line.Product)
	}
	text := hex.EncodeToString(hash.Sum(nil))
	return &text
}

func (s *Server) fillCart(placed *Order) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.sessions[placed.Customer]
	if known == nil {
		return
	}
	for _, line := range placed.Lines {
		known.cart[line.Product] += line.Quantity
	}
}

// WriteLedger is the only writer of the ledger; slow enough to make the handlers wait for it.
func (s *Server) WriteLedger() {
	for placed := range s.incoming {
		s.ledgerMu.Lock()
		s.ledger = append(s.ledger, placed)
		s.ledgerMu.Unlock()
		if len(s.ledger)%64 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}
