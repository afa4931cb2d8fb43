// Package replies answers requests in JSON.
package replies

// Item is a part of an answer.
type Item struct {
	Name  string `json:"name"`
	Value int    `json:"value"`
}
