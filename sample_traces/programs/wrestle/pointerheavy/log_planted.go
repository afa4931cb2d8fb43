//go:build !fixed

package pointerheavy

import "strings"

// A line of the log: the lines of a host are a chain.
type line struct {
	host, path   string
	previous     *line
	status, size int32
}

// Log is an access log in memory.
type Log struct {
	text  string
	lines []line
	last  map[string]*line
}

// Read takes a text apart, which must stay as it is.
func Read(text string) *Log {
	rows := strings.Count(text, "\n")
	l := &Log{text: text, last: make(map[string]*line, 64)}
	l.lines = make([]line, rows) // planted: fewer-pointers
	for row := range l.lines {
		var one string
		one, text, _ = strings.Cut(text, "\n")
		added := &l.lines[row]
		added.host, added.path, added.status, added.size = fields(one)
		added.previous = l.last[added.host]
		l.last[added.host] = added
	}
	return l
}

// Host tells about one host, with the paths that it asked for last, latest first.
func (l *Log) Host(name string, paths int) Answer {
	answer := Answer{Paths: make([]string, 0, paths)}
	for one := l.last[name]; one != nil; one = one.previous {
		answer.Requests++
		answer.Bytes += int64(one.size)
		if one.status >= 500 {
			answer.Failed++
		}
		if len(answer.Paths) < paths {
			answer.Paths = append(answer.Paths, one.path)
		}
	}
	return answer
}
