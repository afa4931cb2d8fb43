//go:build !fixed

package smallmaps

// Day is what each user had on a day.
type Day struct {
	users map[uint64]*usage
}

func count(requests []Request, users int) *Day {
	day := &Day{users: make(map[uint64]*usage, users)}
	for _, request := range requests {
		one := day.users[request.User]
		if one == nil {
			one = &usage{} // planted: values-in-map
			day.users[request.User] = one
		}
		one.add(request)
	}
	return day
}

// Bytes tells how much a user had, in how many requests.
func (d *Day) Bytes(user uint64) (bytes, requests int64) {
	if one := d.users[user]; one != nil {
		return one.bytes, one.requests
	}
	return 0, 0
}
