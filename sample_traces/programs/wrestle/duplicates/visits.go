// Package duplicates reads who visited a page, and with which browser.
package duplicates

import (
	"bytes"
	"sort"
	"strconv"
)

// A Visit is one line: milliseconds and the browser's own words.
type Visit struct {
	Agent        string
	Milliseconds int32
}

// Read takes a log apart; the log itself can be overwritten afterwards.
func Read(log []byte) []Visit {
	visits := make([]Visit, 0, bytes.Count(log, []byte{'\n'}))
	agents := newAgents()
	for len(log) > 0 {
		var line []byte
		line, log, _ = bytes.Cut(log, []byte{'\n'})
		milliseconds, agent, _ := bytes.Cut(line, []byte{' '})
		visits = append(visits, Visit{agents.text(agent), number(milliseconds)})
	}
	return visits
}

// Slowest returns the browsers, the one with the longest visit first.
func Slowest(visits []Visit) []string {
	longest := make(map[string]int32, 32)
	for _, visit := range visits {
		longest[visit.Agent] = max(longest[visit.Agent], visit.Milliseconds)
	}
	found := make([]string, 0, len(longest))
	for agent := range longest {
		found = append(found, agent)
	}
	sort.Slice(found, func(i, j int) bool {
		if longest[found[i]] != longest[found[j]] {
			return longest[found[i]] > longest[found[j]]
		}
		return found[i] < found[j]
	})
	return found
}

func number(digits []byte) int32 {
	value, _ := strconv.ParseInt(string(digits), 10, 32)
	return int32(value)
}
