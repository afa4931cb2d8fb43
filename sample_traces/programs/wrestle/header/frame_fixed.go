//go:build fixed

package header

// A frame is a part of a message. It has 512 bytes.
type frame struct {
	next    *frame
	channel uint32
	length  uint32
	payload [payloadBytes]byte
}

func lengthOf(bytes int) uint32 { return uint32(bytes) }

func newFrame(channel int) *frame {
	return &frame{channel: uint32(channel)}
}
