//go:build !fixed

package header

// A frame is a part of a message. It has 520 bytes.
type frame struct {
	next    *frame
	channel int
	length  int
	payload [payloadBytes]byte
}

func lengthOf(bytes int) int { return bytes }

func newFrame(channel int) *frame {
	return &frame{channel: channel} // planted: header-crossed shrink-below-class
}
