// Package smallmaps counts who used how much of a service.
package smallmaps

// Request is one line of the service's log.
type Request struct {
	User  uint64
	Bytes int64
	Nanos int64
}

// usage is what one user had.
type usage struct {
	requests int64
	bytes    int64
	slowest  int64
}

func (u *usage) add(request Request) {
	u.requests++
	u.bytes += request.Bytes
	u.slowest = max(u.slowest, request.Nanos)
}

// Week keeps the latest days.
type Week struct {
	days   [7]*Day
	counts int
}

// Count adds a day, instead of the one a week ago.
func (w *Week) Count(requests []Request, users int) *Day {
	day := count(requests, users)
	w.days[w.counts%len(w.days)] = day
	w.counts++
	return day
}
