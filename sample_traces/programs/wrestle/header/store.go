// Package header keeps the latest messages in memory, in frames of one size.
package header

const payloadBytes = 496

// Store holds messages until newer ones need their room.
type Store struct {
	first, last *frame
	frames      int
	limit       int
}

// New makes a store of at most so many frames.
func New(limit int) *Store { return &Store{limit: limit} }

// Add puts a message into as many frames as it needs, and drops the oldest ones.
func (s *Store) Add(channel int, message []byte) {
	for len(message) > 0 {
		one := newFrame(channel)
		message = message[one.fill(message):]
		if s.last == nil {
			s.first = one
		} else {
			s.last.next = one
		}
		s.last = one
		s.frames++
	}
	for s.frames > s.limit {
		s.first = s.first.next
		s.frames--
	}
}

// Count tells how many frames and bytes a channel has in the store.
func (s *Store) Count(channel int) (frames, bytes int) {
	for one := s.first; one != nil; one = one.next {
		if int(one.channel) == channel {
			frames++
			bytes += int(one.length)
		}
	}
	return frames, bytes
}

func (f *frame) fill(message []byte) int {
	copied := copy(f.payload[:], message)
	f.length += lengthOf(copied)
	return copied
}
