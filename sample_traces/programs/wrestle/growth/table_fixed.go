//go:build fixed

package growth

import "strings"

func numbers(row string) (values []float64, err error) {
	values = make([]float64, 0, strings.Count(row, ",")+1)
	for row != "" {
		var one string
		one, row, _ = strings.Cut(row, ",")
		value, err := number(one)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return values, nil
}
