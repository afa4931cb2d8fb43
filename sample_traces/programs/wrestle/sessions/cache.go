// Package sessions remembers who was there, and until when.
package sessions

import "time"

const lasts = time.Minute

// Cache knows sessions by number.
type Cache struct {
	sessions map[uint64]session
}

// New makes an empty cache with room for so many sessions.
func New(sessions int) *Cache {
	return &Cache{make(map[uint64]session, sessions)} // planted: time-in-structs
}

// Live returns some sessions that have not expired.
func (c *Cache) Live(now time.Time, count int) []uint64 {
	found := make([]uint64, 0, count)
	for number, one := range c.sessions {
		if len(found) == count {
			break
		}
		if one.isLive(now) {
			found = append(found, number)
		}
	}
	return found
}
