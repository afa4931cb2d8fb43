package store

import (
	"runtime"
	"testing"

	"budgeted/profiles"
)

func TestManyValues(t *testing.T) {
	s := New(2000)
	value := make([]byte, 1152)
	for key := 0; key < 2000; key++ {
		s.Put(key, value)
	}
	profiles.Write(t, "heap")
	if s.Len() != 2000 {
		t.Fatal(s.Len())
	}
	runtime.KeepAlive(s)
}
