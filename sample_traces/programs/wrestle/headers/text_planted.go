//go:build !fixed

package headers

func text(raw []byte) string {
	return string(raw) // planted: intern-strings
}
