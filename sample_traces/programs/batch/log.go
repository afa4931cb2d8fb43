package main

import (
	"fmt"
	"math"
	"math/rand"
	"strconv"
	"strings"
	"time"
)

// record is one line of the log.
type record struct {
	when     time.Duration
	host     string
	path     string
	status   int
	bytes    int64
	referrer *string
	fields   map[string]any
	payload  []byte
}

var sections = []string{"articles", "images", "users", "search", "static", "feeds", "admin"}

// writeLog makes up the text of a log; the same seed gives the same log.
func writeLog(random *rand.Rand, first, lines int) string {
	var text strings.Builder
	for i := 0; i < lines; i++ {
		fmt.Fprintf(&text, "%d host-%03d %s %d %d", (first+i)*37, random.Intn(400), writePath(random),
			200+100*(random.Intn(20)/16), size(random))
		if random.Intn(4) == 0 {
			fmt.Fprintf(&text, " ref=%s", writePath(random))
		}
		if random.Intn(8) == 0 {
			fmt.Fprintf(&text, " cache=%t age=%d agent=browser-%d", random.Intn(2) == 0,
				random.Intn(900), random.Intn(30))
		}
		text.WriteByte('\n')
	}
	return text.String()
}

func writePath(random *rand.Rand) string {
	var path strings.Builder
	for depth := 1 + random.Intn(4); depth > 0; depth-- {
		path.WriteByte('/')
		path.WriteString(sections[random.Intn(len(sections))])
	}
	path.WriteByte('/')
	path.WriteString(strconv.Itoa(random.Intn(50)))
	return path.String()
}

// size draws from a long-tailed distribution: most answers are small, a few are huge.
func size(random *rand.Rand) int {
	return 1 + int(math.Exp(5+1.6*random.NormFloat64()))
}

// parse reads the lines of one chunk.
func parse(text string) []*record {
	var records []*record
	for _, line := range strings.Split(text, "\n") {
		if line == "" {
			continue
		}
		parsed, err := parseLine(line)
		if err != nil {
			continue
		}
		records = append(records, parsed)
	}
	return records
}

func parseLine(line string) (*record, error) {
	parts := strings.Fields(line)
	if len(parts) < 5 {
		return nil, fmt.Errorf("short line %q", line)
	}
	numbers, err := parseNumbers(parts[0], parts[3], parts[4])
	if err != nil {
		return nil, err
	}
	parsed := &record{
		when:   time.Duration(numbers[0]) * time.Millisecond,
		host:   strings.Clone(parts[1]),
		path:   strings.Clone(parts[2]),
		status: int(numbers[1]),
		bytes:  numbers[2],
	}
	parsed.payload = readPayload(int(parsed.bytes))
	for _, part := range parts[5:] {
		parsed.add(part)
	}
	return parsed, nil
}

func parseNumbers(texts ...string) ([]int64, error) {
	numbers := make([]int64, len(texts))
	for i, text := range texts {
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, err
		}
		numbers[i] = number
	}
	return numbers, nil
}

// readPayload stands for the body of the answer, which some of the reports look at.
func readPayload(length int) []byte {
	payload := make([]byte, length)
	for i := 0; i < len(payload); i += 64 {
		payload[i] = byte(i >> 6)
	}
	return payload
}

// add keeps an optional field, as a number or a truth value where it is one.
func (r *record) add(part string) {
	name, value, _ := strings.Cut(part, "=")
	if name == "ref" {
		r.referrer = keep(value)
		return
	}
	if r.fields == nil {
		r.fields = make(map[string]any)
	}
	r.fields[name] = convert(value)
}

func keep(text string) *string {
	kept := strings.Clone(text)
	return &kept
}

func convert(value string) any {
	if number, err := strconv.Atoi(value); err == nil {
		return number
	}
	if truth, err := strconv.ParseBool(value); err == nil {
		return truth
	}
	return value
}
