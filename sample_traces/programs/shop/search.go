package shop

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"samples/catalog"
)

func (s *Server) search(w http.ResponseWriter, r *http.Request) {
	query := r.URL.RawQuery
	if page, ok := s.pages.Get(query); ok {
		w.Write(page)
		return
	}
	page, err := json.Marshal(s.find(r.URL.Query()))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	s.pages.Put(query, page)
	w.Write(page)
}

func (s *Server) find(query url.Values) []*catalog.Product {
	page, _ := strconv.Atoi(query.Get("page"))
	return s.catalog.Search(query.Get("q"), page, pageLength)
}

func (s *Server) tree(w http.ResponseWriter, r *http.Request) {
	json.NewEncoder(w).Encode(s.catalog.Root.Tree(""))
}
