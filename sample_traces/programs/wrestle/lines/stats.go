// Package lines writes out what hosts did, a line each.
package lines

// Stats is what one host did.
type Stats struct {
	Host                    string
	Requests, Bytes, Errors int
}
