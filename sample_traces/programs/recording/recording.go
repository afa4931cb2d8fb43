// Package recording writes the profiles or the execution trace of one sample program.
//
// A program has two parts: WarmUp fills whatever lives long and grows the goroutine stacks, Work is
// the part an execution trace covers. Profiles cover both.
package recording

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
)

// Program is a sample program as the recorder sees it.
type Program interface {
	WarmUp()
	Work()
}

// Options says what to record and where to put it.
type Options struct {
	Dir            string
	Mode           string
	MemProfileRate int
	ForceGC        bool
}

// Flags declares the recorder's command line flags; call it before flag.Parse.
func Flags() *Options {
	options := &Options{}
	flag.StringVar(&options.Dir, "out", ".", "directory the recordings go to")
	flag.StringVar(&options.Mode, "record", "profiles",
		"what to record: profiles, heap, trace (with CPU samples) or bare-trace")
	flag.IntVar(&options.MemProfileRate, "memprofilerate", runtime.MemProfileRate,
		"average number of bytes between two heap samples")
	flag.BoolVar(&options.ForceGC, "gc", false, "collect garbage before the heap profile is written")
	return options
}

// Run records one run of the program and ends the process with status 1 if that fails.
func Run(options *Options, program Program) {
	runtime.MemProfileRate = options.MemProfileRate
	var err error
	switch options.Mode {
	case "profiles":
		err = recordProfiles(options, program)
	case "heap":
		err = recordHeap(options, program)
	case "trace":
		err = recordTrace(options, program, true)
	case "bare-trace":
		err = recordTrace(options, program, false)
	default:
		err = fmt.Errorf("unknown -record mode %q", options.Mode)
	}
	runtime.KeepAlive(program)
	if err != nil {
		fmt.Fprintln(os.Stderr, "recording failed:", err)
		os.Exit(1)
	}
}

// Snapshot writes a heap profile in the middle of the work, for a later comparison.
func (o *Options) Snapshot(name string) {
	if o.Mode != "profiles" {
		return
	}
	runtime.GC()
	if err := o.writeProfile("heap", name+".pb.gz", 0); err != nil {
		fmt.Fprintln(os.Stderr, "snapshot failed:", err)
		os.Exit(1)
	}
}

func recordProfiles(options *Options, program Program) error {
	runtime.SetBlockProfileRate(1000)
	runtime.SetMutexProfileFraction(1)
	file, err := options.create("cpu.pb.gz")
	if err != nil {
		return err
	}
	defer file.Close()
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	program.WarmUp()
	program.Work()
	pprof.StopCPUProfile()
	if options.ForceGC {
		runtime.GC()
	}
	if err := options.writeMemStats("memstats.json"); err != nil {
		return err
	}
	return options.writeProfiles()
}

func recordHeap(options *Options, program Program) error {
	program.WarmUp()
	program.Work()
	if options.ForceGC {
		runtime.GC()
	}
	if err := options.writeMemStats("memstats.json"); err != nil {
		return err
	}
	return options.writeProfile("heap", "heap.pb.gz", 0)
}

// recordTrace reads the MemStats outside the traced window: reading them flushes the allocation
// caches, which a trace of allocations would show as work of the program.
func recordTrace(options *Options, program Program, withCPUSamples bool) error {
	program.WarmUp()
	if err := options.writeMemStats("memstats.before.json"); err != nil {
		return err
	}
	file, err := options.create("trace.out")
	if err != nil {
		return err
	}
	if withCPUSamples {
		if err := pprof.StartCPUProfile(io.Discard); err != nil {
			return err
		}
	}
	if err := trace.Start(file); err != nil {
		return err
	}
	program.Work()
	trace.Stop()
	if withCPUSamples {
		pprof.StopCPUProfile()
	}
	if err := file.Close(); err != nil {
		return err
	}
	return options.writeMemStats("memstats.json")
}

// writeProfiles writes every profile the runtime and the program know, in both forms. Those of the
// heap come first, for to look for leaked goroutines is to collect garbage.
func (o *Options) writeProfiles() error {
	names := []string{"heap", "allocs"}
	for _, profile := range pprof.Profiles() {
		if name := profile.Name(); name != "heap" && name != "allocs" {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if err := o.writeProfile(name, name+".pb.gz", 0); err != nil {
			return err
		}
		if err := o.writeProfile(name, name+".debug1.txt", 1); err != nil {
			return err
		}
	}
	return nil
}

func (o *Options) writeProfile(profile, name string, debug int) error {
	file, err := o.create(name)
	if err != nil {
		return err
	}
	if err := pprof.Lookup(profile).WriteTo(file, debug); err != nil {
		return err
	}
	return file.Close()
}

// sizeClass is one row of MemStats.BySize.
type sizeClass struct {
	Size    uint32
	Mallocs uint64
	Frees   uint64
}

// memory holds the part of MemStats that later tests compare against.
type memory struct {
	GoVersion, GOARCH                                       string
	GOMAXPROCS, MemProfileRate                              int
	Sys, Mallocs, Frees, TotalAlloc, HeapAlloc, HeapObjects uint64
	HeapSys, HeapIdle, HeapInuse, HeapReleased              uint64
	StackInuse, StackSys, MSpanInuse, MSpanSys              uint64
	MCacheInuse, MCacheSys, BuckHashSys, GCSys, OtherSys    uint64
	NextGC                                                  uint64
	NumGC, NumForcedGC                                      uint32
	BySize                                                  []sizeClass
}

func (o *Options) writeMemStats(name string) error {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	text, err := json.Marshal(summarise(&stats))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(o.Dir, name), append(text, '\n'), 0o644)
}

func summarise(stats *runtime.MemStats) memory {
	summary := memory{
		GoVersion: runtime.Version(), GOARCH: runtime.GOARCH,
		GOMAXPROCS: runtime.GOMAXPROCS(0), MemProfileRate: runtime.MemProfileRate,
		Sys: stats.Sys, Mallocs: stats.Mallocs, Frees: stats.Frees, TotalAlloc: stats.TotalAlloc,
		HeapAlloc: stats.HeapAlloc, HeapObjects: stats.HeapObjects, HeapSys: stats.HeapSys,
		HeapIdle: stats.HeapIdle, HeapInuse: stats.HeapInuse, HeapReleased: stats.HeapReleased,
		StackInuse: stats.StackInuse, StackSys: stats.StackSys,
		MSpanInuse: stats.MSpanInuse, MSpanSys: stats.MSpanSys,
		MCacheInuse: stats.MCacheInuse, MCacheSys: stats.MCacheSys,
		BuckHashSys: stats.BuckHashSys, GCSys: stats.GCSys, OtherSys: stats.OtherSys,
		NextGC: stats.NextGC, NumGC: stats.NumGC, NumForcedGC: stats.NumForcedGC,
	}
	for _, row := range stats.BySize {
		if row.Mallocs > 0 {
			summary.BySize = append(summary.BySize, sizeClass{row.Size, row.Mallocs, row.Frees})
		}
	}
	return summary
}

func (o *Options) create(name string) (*os.File, error) {
	return os.Create(filepath.Join(o.Dir, name))
}
