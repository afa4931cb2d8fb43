package trace

import "io"

// ParseWithoutBinary does not ask for the program that traces before Go 1.7 take names from: overlaid
// on internal/trace, which keeps it to itself.
func ParseWithoutBinary(r io.Reader) (ParseResult, error) {
	_, result, err := parse(r, "")
	return result, err
}
