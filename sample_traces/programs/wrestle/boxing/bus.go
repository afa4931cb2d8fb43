// Package boxing sends what sensors measure over a bus to those who listen.
package boxing

// Reading is what a sensor measured.
type Reading struct {
	Sensor int64
	Second int64
	Value  float64
}

// Alarm says that a sensor measured too much, and when it began.
type Alarm struct {
	Sensor int64
	Second int64
}

// Watch adds up readings, and remembers alarms.
type Watch struct {
	sums   []float64
	limit  float64
	alarms []*Alarm
}

func (w *Watch) reading(reading Reading) {
	w.sums[reading.Sensor] += reading.Value
	if reading.Value > w.limit {
		w.alarms = append(w.alarms, &Alarm{Sensor: reading.Sensor, Second: reading.Second})
	}
}

// Run sends so many seconds of readings of all sensors to a watch, which it returns.
func Run(seconds, sensors int, measure func(sensor, second int) float64, limit float64) *Watch {
	w := &Watch{sums: make([]float64, sensors), limit: limit, alarms: make([]*Alarm, 0, 64)}
	bus := newBus(w)
	for second := 0; second < seconds; second++ {
		for sensor := 0; sensor < sensors; sensor++ {
			send(bus, int64(sensor), int64(second), measure(sensor, second))
		}
	}
	return w
}
