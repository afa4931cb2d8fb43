//go:build fixed

package lines

import (
	"bytes"
	"strconv"
)

// Write writes a line for each host.
func Write(to *bytes.Buffer, all []Stats) {
	var digits [20]byte
	for _, one := range all {
		to.WriteString(one.Host)
		to.WriteString(" requests=")
		to.Write(strconv.AppendInt(digits[:0], int64(one.Requests), 10))
		to.WriteString(" bytes=")
		to.Write(strconv.AppendInt(digits[:0], int64(one.Bytes), 10))
		to.WriteByte('\n')
	}
}
