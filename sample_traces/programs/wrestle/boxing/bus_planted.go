//go:build !fixed

package boxing

// bus hands every message to all that listen, whatever it is.
type bus struct {
	listeners []func(message any)
}

func (b *bus) publish(message any) {
	for _, listener := range b.listeners {
		listener(message)
	}
}

func newBus(w *Watch) *bus {
	b := &bus{}
	b.listeners = append(b.listeners, func(message any) {
		if reading, ok := message.(Reading); ok {
			w.reading(reading)
		}
	})
	return b
}

func send(b *bus, sensor, second int64, value float64) {
	b.publish(Reading{Sensor: sensor, Second: second, Value: value}) // planted: box-no-values
}
