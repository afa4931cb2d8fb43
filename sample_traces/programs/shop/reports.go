package shop

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"sort"
	"strconv"
)

// report sends the turnover of every customer as compressed text.
func (s *Server) report(w http.ResponseWriter, r *http.Request) {
	turnover := s.turnover()
	text := renderReport(turnover)
	w.Header().Set("Checksum", checksum(text))
	w.Write(compress(text))
}

type customerTurnover struct {
	customer string
	cents    int64
	orders   int
}

func (s *Server) turnover() []customerTurnover {
	s.ledgerMu.RLock()
	defer s.ledgerMu.RUnlock()
	byCustomer := make(map[string]*customerTurnover)
	for _, placed := range s.ledger {
		sum := byCustomer[placed.Customer]
		if sum == nil {
			sum = &customerTurnover{customer: placed.Customer}
			byCustomer[placed.Customer] = sum
		}
		sum.cents += placed.Total
		sum.orders++
	}
	rows := make([]customerTurnover, 0, len(byCustomer))
	for _, sum := range byCustomer {
		rows = append(rows, *sum)
	}
	sort.Slice(rows, func(i, j int) bool { return rows[i].cents > rows[j].cents })
	return rows
}

func renderReport(rows []customerTurnover) []byte {
	var text bytes.Buffer
	for rank, row := range rows {
		text.WriteString(strconv.Itoa(rank + 1))
		fmt.Fprintf(&text, "\t%s\t%d.%02d\t%d\n", row.customer, row.cents/100, row.cents%100, row.orders)
	}
	return text.Bytes()
}

func checksum(text []byte) string {
	sum := sha256.Sum256(text)
	for i := 0; i < 200; i++ {
		sum = sha256.Sum256(append(sum[:], text...))
	}
	return hex.EncodeToString(sum[:])
}

func compress(text []byte) []byte {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	writer.Write(text)
	writer.Close()
	return packed.Bytes()
}
