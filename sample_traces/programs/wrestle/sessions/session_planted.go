//go:build !fixed

package sessions

import "time"

type session struct {
	seen, expires time.Time
	hits          int64
}

func (s session) isLive(now time.Time) bool { return s.expires.After(now) }

// Touch begins a session, or lets it last longer.
func (c *Cache) Touch(number uint64, now time.Time) {
	one := c.sessions[number]
	one.seen, one.expires = now, now.Add(lasts)
	one.hits++
	c.sessions[number] = one
}
