//go:build !fixed

package buffers

import "io"

const bufferBytes = 8 << 10

func answer(w io.Writer, order Order) (int, error) {
	buffer := make([]byte, 0, bufferBytes) // planted: pool-objects
	return w.Write(appendReport(buffer, order))
}
