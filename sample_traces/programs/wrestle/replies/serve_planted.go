//go:build !fixed

package replies

import (
	"bytes"
	"encoding/json"
	"io"
)

// Serve writes an answer in one piece.
func Serve(w io.Writer, items []Item) error {
	var buffer bytes.Buffer
	if err := json.NewEncoder(&buffer).Encode(items); err != nil { // planted: pool-objects
		return err
	}
	_, err := buffer.WriteTo(w)
	return err
}
