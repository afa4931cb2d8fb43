//go:build fixed

package boxing

// bus hands every message of a type to all that listen.
type bus[T any] struct {
	listeners []func(message T)
}

func (b *bus[T]) publish(message T) {
	for _, listener := range b.listeners {
		listener(message)
	}
}

func newBus(w *Watch) *bus[Reading] {
	b := &bus[Reading]{}
	b.listeners = append(b.listeners, w.reading)
	return b
}

func send(b *bus[Reading], sensor, second int64, value float64) {
	b.publish(Reading{Sensor: sensor, Second: second, Value: value})
}
