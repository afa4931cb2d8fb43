// Package timestamps keeps measurements of many sensors in the order of time.
package timestamps

import (
	"sort"
	"time"
)

// Series holds what was measured, earliest first.
type Series struct {
	samples []sample
}

// Means returns what a sensor measured on average in each of the steps from a moment on.
func (s *Series) Means(sensor uint32, from time.Time, step time.Duration, steps int) []float64 {
	means := make([]float64, steps)
	place := s.place(from)
	for number := range means {
		end := s.place(from.Add(time.Duration(number+1) * step))
		sum, count := 0.0, 0
		for ; place < end; place++ {
			if one := &s.samples[place]; one.sensor == sensor {
				sum += one.value
				count++
			}
		}
		means[number] = sum / float64(max(count, 1))
	}
	return means
}

// place returns the number of the first measurement that is not before a moment.
func (s *Series) place(moment time.Time) int {
	return sort.Search(len(s.samples), func(i int) bool { return !s.samples[i].isBefore(moment) })
}
