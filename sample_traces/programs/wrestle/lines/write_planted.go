//go:build !fixed

package lines

import (
	"bytes"
	"fmt"
)

// Write writes a line for each host.
func Write(to *bytes.Buffer, all []Stats) {
	for _, one := range all {
		fmt.Fprintf(to, "%s requests=%d bytes=%d\n", one.Host, one.Requests, one.Bytes) // planted: box-no-values
	}
}
