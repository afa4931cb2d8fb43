//go:build fixed

package sessions

import "time"

// Times are nanoseconds since 1970.
type session struct {
	seen, expires int64
	hits          int64
}

func (s session) isLive(now time.Time) bool { return s.expires > now.UnixNano() }

// Touch begins a session, or lets it last longer.
func (c *Cache) Touch(number uint64, now time.Time) {
	one := c.sessions[number]
	one.seen, one.expires = now.UnixNano(), now.Add(lasts).UnixNano()
	one.hits++
	c.sessions[number] = one
}
