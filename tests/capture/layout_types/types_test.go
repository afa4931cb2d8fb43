package layout

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"
	"unsafe"
)

type printed struct {
	Name         string
	SizeBytes    uintptr
	PointerBytes uintptr
	Kind         string
	Fields       []field
	Address      uintptr
}

type field struct {
	Name   string
	Type   string
	Offset uintptr
	Size   uintptr
}

// describe reads what reflect tells, and from the runtime's own descriptor the
// pointer bytes, which reflect does not.
func describe(value any) printed {
	t := reflect.TypeOf(value)
	address := (*[2]uintptr)(unsafe.Pointer(&value))[0]
	p := printed{Name: t.String(), SizeBytes: t.Size(), Kind: t.Kind().String(), Address: address}
	p.PointerBytes = (*[2]uintptr)(unsafe.Pointer(address))[1]
	if t.Kind() == reflect.Struct {
		for i := 0; i < t.NumField(); i++ {
			f := t.Field(i)
			p.Fields = append(p.Fields, field{f.Name, f.Type.String(), f.Offset, f.Type.Size()})
		}
	}
	return p
}

func TestPrint(t *testing.T) {
	kept := New(1)
	event := kept.Events[0]
	all := []printed{
		describe(event), describe(kept.Flats[0]), describe(*kept.Headers[0]), describe(*kept),
		describe(event.Inner), describe(event.ByName), describe(event.ByNumber),
		describe(event.All), describe(event.Some), describe(event.At), describe(event.unnamed),
		describe(event.Name), describe(event.Counts), describe(event.Data), describe(time.Time{}),
	}
	if unsafe.Offsetof(event.Last) != all[0].Fields[len(all[0].Fields)-1].Offset {
		t.Fatal("reflect and the compiler do not agree")
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("LAYOUTS %s\n", text)
}
