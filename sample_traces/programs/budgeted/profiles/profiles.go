// Package profiles writes profiles into the folder where `gotrace budget run` looks for them.
package profiles

import (
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"testing"
)

// Write takes a profile such as "heap" or "goroutine" now. Outside `gotrace budget run`, which sets
// GOTRACE_PROFILES, it does nothing.
func Write(t testing.TB, name string) {
	t.Helper()
	folder := os.Getenv("GOTRACE_PROFILES")
	if folder == "" {
		return
	}
	runtime.GC() // a heap profile is as of the last collection
	file, err := os.Create(filepath.Join(folder, name+".pb.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := pprof.Lookup(name).WriteTo(file, 0); err != nil {
		t.Fatal(err)
	}
}
