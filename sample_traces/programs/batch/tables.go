package main

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// tables is what the job knows about the log so far.
type tables struct {
	hosts    map[string]*hostStats
	sections *node
	minutes  map[time.Duration]*counter
	slowest  []*record
	errors   []string
	report   string
}

type hostStats struct {
	name     string
	requests int
	bytes    int64
	sizes    []int64
	paths    map[string]int
	last     *record
}

type counter struct{ requests, failures int }

func newTables() *tables {
	return &tables{
		hosts:    make(map[string]*hostStats),
		sections: &node{},
		minutes:  make(map[time.Duration]*counter),
	}
}

func (t *tables) add(records []*record) {
	for host, group := range groupBy(records, func(r *record) string { return r.host }) {
		t.host(host).add(group)
	}
	for _, each := range records {
		t.sections.insert(strings.Split(each.path, "/"), each.bytes)
		t.count(each)
	}
	t.keepSlowest(records)
}

// groupBy sorts items into groups by key.
func groupBy[K comparable, V any](items []V, key func(V) K) map[K][]V {
	groups := make(map[K][]V)
	for _, item := range items {
		k := key(item)
		groups[k] = append(groups[k], item)
	}
	return groups
}

func (t *tables) host(name string) *hostStats {
	stats := t.hosts[name]
	if stats == nil {
		stats = &hostStats{name: name, paths: make(map[string]int)}
		t.hosts[name] = stats
	}
	return stats
}

func (h *hostStats) add(group []*record) {
	for _, each := range group {
		h.requests++
		h.bytes += each.bytes
		h.sizes = append(h.sizes, each.bytes)
		h.paths[each.path]++
		h.last = each
	}
}

func (t *tables) count(each *record) {
	minute := each.when.Truncate(time.Minute)
	counted := t.minutes[minute]
	if counted == nil {
		counted = new(counter)
		t.minutes[minute] = counted
	}
	counted.requests++
	if each.status != 200 {
		counted.failures++
		t.errors = append(t.errors, describe(each))
	}
}

func describe(each *record) string {
	return fmt.Sprintf("%s %s: status %d, %d fields", each.host, each.path, each.status, len(each.fields))
}

// keepSlowest keeps the records with the largest payloads.
func (t *tables) keepSlowest(records []*record) {
	merged := make([]*record, 0, len(t.slowest)+len(records))
	merged = append(append(merged, t.slowest...), records...)
	slices.SortStableFunc(merged, func(a, b *record) int { return cmp.Compare(b.bytes, a.bytes) })
	t.slowest = slices.Clone(merged[:min(200, len(merged))])
}

// finish writes the report.
func (t *tables) finish() {
	var text strings.Builder
	for _, stats := range t.sortedHosts() {
		fmt.Fprintf(&text, "%s\t%d\t%d\t%d\n", stats.name, stats.requests, stats.bytes, stats.median())
	}
	t.sections.print(&text, 0)
	t.report = text.String()
}

func (t *tables) sortedHosts() []*hostStats {
	var hosts []*hostStats
	for _, stats := range t.hosts {
		hosts = append(hosts, stats)
	}
	sort.Slice(hosts, func(i, j int) bool { return hosts[i].name < hosts[j].name })
	return hosts
}

func (h *hostStats) median() int64 {
	sorted := slices.Clone(h.sizes)
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}
