// Command gotracemmu prints what Go's own computation of mutator utilisation says of a trace: the
// steps, and for every window the minimum and the quantiles of the distribution.
//
//	gotracemmu FLAGS QUANTILE,... WINDOW,... < TRACE
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"internal/trace"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

type answer struct {
	Times     [][]int64
	Utils     [][]float64
	MMU       []float64
	Quantiles [][]float64
}

func main() {
	flags, err := strconv.Atoi(os.Args[1])
	check(err)
	reader, err := trace.NewReader(bufio.NewReaderSize(os.Stdin, 1<<20))
	check(err)
	var events []trace.Event
	for {
		event, err := reader.ReadEvent()
		if err == io.EOF {
			break
		}
		check(err)
		events = append(events, event)
	}
	series := trace.MutatorUtilizationV2(events, trace.UtilFlags(flags))
	found := answer{}
	for _, steps := range series {
		times, utils := []int64{}, []float64{}
		for _, step := range steps {
			times = append(times, step.Time)
			utils = append(utils, step.Util)
		}
		found.Times, found.Utils = append(found.Times, times), append(found.Utils, utils)
	}
	quantiles := []float64{}
	for _, text := range strings.Split(os.Args[2], ",") {
		quantile, err := strconv.ParseFloat(text, 64)
		check(err)
		quantiles = append(quantiles, quantile)
	}
	curve := trace.NewMMUCurve(series)
	for _, text := range strings.Split(os.Args[3], ",") {
		window, err := strconv.ParseInt(text, 10, 64)
		check(err)
		found.MMU = append(found.MMU, curve.MMU(time.Duration(window)))
		found.Quantiles = append(found.Quantiles, curve.MUD(time.Duration(window), quantiles))
	}
	check(json.NewEncoder(os.Stdout).Encode(found))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
