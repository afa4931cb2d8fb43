// Reads states of a pacer from standard input and prints each with what the runtime's own code makes
// of it; ../states.py says what the numbers are. Built by again.py.
package runtime_test

import (
	"bufio"
	"fmt"
	"math"
	"os"
	. "runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
)

type reader struct{ words []string }

func (r *reader) u() uint64 {
	n, err := strconv.ParseUint(r.words[0], 10, 64)
	if err != nil {
		panic(err)
	}
	r.words = r.words[1:]
	return n
}

func (r *reader) i() int64 {
	n, err := strconv.ParseInt(r.words[0], 10, 64)
	if err != nil {
		panic(err)
	}
	r.words = r.words[1:]
	return n
}

func (r *reader) f() float64 {
	n, err := strconv.ParseUint(r.words[0], 16, 64)
	if err != nil {
		panic(err)
	}
	r.words = r.words[1:]
	return math.Float64frombits(n)
}

func bits(f float64) string { return fmt.Sprintf("%016x", math.Float64bits(f)) }

func pace(r *reader) []any {
	c := NewGCController(int(r.i()), r.i())
	s := PacerState{
		r.u(), r.u(), r.u(), r.u(), r.u(), r.u(), r.u(), r.u(), r.u(),
		r.f(), [4]float64{r.f(), r.f(), r.f(), r.f()},
	}
	c.Put(s)
	c.Commit(r.u() == 1)
	goal, minTrigger, trigger, runway := c.Goal()
	told := []any{goal, minTrigger, trigger, runway}

	live, scan, stack, procs, isPeriodic := r.u(), r.u(), r.u(), int(r.i()), r.u() == 1
	dedicated, fractional, idle := c.Start(live, scan, stack, procs, isPeriodic)
	goal, _, _, _ = c.Goal()
	told = append(told, dedicated, bits(fractional), idle, goal, bits(c.AssistWorkPerByte()))

	live = r.u()
	told = append(told, bits(c.Worked(live, r.i(), r.i(), r.i())))

	marked, assist, duration, idled := r.u(), r.i(), r.i(), r.i()
	c.Idled(idled)
	c.EndCycle(marked, assist, duration, procs)
	consMark, last := c.Learnt()
	goal, _, trigger, _ = c.Goal()
	return append(told, bits(consMark), bits(last[3]), goal, trigger)
}

func sweeps(r *reader) []any { return []any{bits(SweepPace(r.u(), r.u(), r.u(), r.u()))} }

func controls(r *reader) []any {
	c := NewPIController(r.f(), r.f(), r.f(), r.f(), r.f())
	c.Integral(r.f())
	output, isSound := c.Next(r.f(), r.f(), r.f())
	return []any{bits(output), bits(c.GetIntegral()), isSound}
}

func TestOracle(t *testing.T) {
	debug.SetGCPercent(-1)
	GOMAXPROCS(1)
	kinds := map[string]func(*reader) []any{"pace": pace, "sweep": sweeps, "pi": controls}
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		words := strings.Fields(in.Text())
		answer := kinds[words[0]](&reader{words[1:]})
		fmt.Println(in.Text(), "=", strings.TrimSpace(fmt.Sprintln(answer...)))
	}
}
