//go:build fixed

package pointerheavy

import "strings"

// A line of the log: the lines of a host are a chain of numbers. The path is a part of the log's
// text, told by numbers too: so there is no pointer in it.
type line struct {
	pathStart    uint32
	pathLength   uint32
	previous     int32
	status, size int32
}

// Log is an access log in memory.
type Log struct {
	text  string
	lines []line
	last  map[string]int32
}

// Read takes a text apart, which must stay as it is.
func Read(text string) *Log {
	rows := strings.Count(text, "\n")
	l := &Log{text: text, last: make(map[string]int32, 64)}
	l.lines = make([]line, rows)
	start := 0
	for row := range l.lines {
		one, _, _ := strings.Cut(text[start:], "\n")
		host, path, status, size := fields(one)
		previous, isKnown := l.last[host]
		if !isKnown {
			previous = -1
		}
		l.lines[row] = line{
			pathStart:  uint32(start + len(host) + 1),
			pathLength: uint32(len(path)),
			previous:   previous, status: status, size: size,
		}
		l.last[host] = int32(row)
		start += len(one) + 1
	}
	return l
}

// Host tells about one host, with the paths that it asked for last, latest first.
func (l *Log) Host(name string, paths int) Answer {
	answer := Answer{Paths: make([]string, 0, paths)}
	row, isKnown := l.last[name]
	for isKnown && row >= 0 {
		one := &l.lines[row]
		answer.Requests++
		answer.Bytes += int64(one.size)
		if one.status >= 500 {
			answer.Failed++
		}
		if len(answer.Paths) < paths {
			answer.Paths = append(answer.Paths, l.text[one.pathStart:one.pathStart+one.pathLength])
		}
		row = one.previous
	}
	return answer
}
