// Package headers reads the headers of requests.
package headers

import "bytes"

// Header is what a request says in front, name by name.
type Header struct {
	Names, Values []string
}

// Parse takes a header apart; its bytes can be overwritten afterwards.
func Parse(raw []byte) Header {
	lines := bytes.Count(raw, []byte{'\n'})
	header := Header{make([]string, 0, lines), make([]string, 0, lines)}
	for len(raw) > 0 {
		var line []byte
		line, raw, _ = bytes.Cut(raw, []byte{'\n'})
		name, value, _ := bytes.Cut(line, []byte{':', ' '})
		header.Names = append(header.Names, text(name))
		header.Values = append(header.Values, text(value))
	}
	return header
}
