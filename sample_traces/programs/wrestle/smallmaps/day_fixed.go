//go:build fixed

package smallmaps

// Day is what each user had on a day.
type Day struct {
	users map[uint64]usage
}

func count(requests []Request, users int) *Day {
	day := &Day{users: make(map[uint64]usage, users)}
	for _, request := range requests {
		one := day.users[request.User]
		one.add(request)
		day.users[request.User] = one
	}
	return day
}

// Bytes tells how much a user had, in how many requests.
func (d *Day) Bytes(user uint64) (bytes, requests int64) {
	one := d.users[user]
	return one.bytes, one.requests
}
