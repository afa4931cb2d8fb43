//go:build !fixed

package timestamps

import "time"

type sample struct {
	at     time.Time
	sensor uint32
	value  float64
}

func (s *sample) isBefore(moment time.Time) bool { return s.at.Before(moment) }

// New makes an empty series with room for so many measurements.
func New(samples int) *Series {
	return &Series{samples: make([]sample, 0, samples)} // planted: time-in-structs
}

// Add adds a measurement, which is the latest.
func (s *Series) Add(at time.Time, sensor uint32, value float64) {
	s.samples = append(s.samples, sample{at, sensor, value})
}
