// Layouts prints, as JSON, how the types of a Go program lie in memory: the
// struct types of some packages and all that they are made of.
//
//	layouts [-packages=PATH,PATH] BINARY
//
// Sizes and offsets come from the debug information (DWARF), so the program
// must have been linked with it: `go build` and `go test -c` do, `go run` and
// `-ldflags=-w` do not. Names, pointer bytes and addresses come from the type
// descriptors that the runtime itself uses, where they are found; else they
// are worked out from the debug information.
//
// Go 1.21 or later, standard library only, one file.
package main

import (
	"debug/buildinfo"
	"debug/dwarf"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// Attributes that Go's linker adds (cmd/internal/dwarf).
const (
	attrGoKind    = dwarf.Attr(0x2900)
	attrGoElem    = dwarf.Attr(0x2902)
	attrEmbedded  = dwarf.Attr(0x2903)
	attrGoType    = dwarf.Attr(0x2904)
	attrGoPackage = dwarf.Attr(0x2905)
	mostTypes     = 200000
	mostDepth     = 64
	flagExtraStar = 1 << 1
	longestName   = 1 << 14
	formatVersion = 1
)

// kinds are the names of reflect.Kind by number.
var kinds = strings.Fields("invalid bool int int8 int16 int32 int64 uint uint8 uint16 uint32 " +
	"uint64 uintptr float32 float64 complex64 complex128 array chan func interface map ptr slice " +
	"string struct unsafe.Pointer")

type field struct {
	Name         string `json:"name"`
	Type         string `json:"type"`
	IsEmbedded   bool   `json:"is_embedded"`
	OffsetBytes  int64  `json:"offset_bytes"`
	SizeBytes    int64  `json:"size_bytes"`
	PointerBytes int64  `json:"pointer_bytes"`
	Pointers     int64  `json:"pointers_count"`

	typ dwarf.Offset
}

type layout struct {
	Name         string  `json:"name"`
	FullName     string  `json:"full_name"`
	Package      string  `json:"package,omitempty"`
	Kind         string  `json:"kind"`
	SizeBytes    int64   `json:"size_bytes"`
	PointerBytes int64   `json:"pointer_bytes"`
	Pointers     int64   `json:"pointers_count"`
	Element      string  `json:"element,omitempty"`
	Length       *int64  `json:"length,omitempty"`
	Address      uint64  `json:"address,omitempty"`
	Fields       []field `json:"fields,omitempty"`

	target  dwarf.Offset // of a typedef that is only a name
	element dwarf.Offset // of arrays, slices, channels, maps, pointers
	goType  uint64       // offset of the type's descriptor
	done    bool         // pointers are counted
}

type page struct {
	Gotrace   string    `json:"gotrace"`
	Version   int       `json:"version"`
	GoVersion string    `json:"go_version"`
	GOOS      string    `json:"goos"`
	GOARCH    string    `json:"goarch"`
	WordBytes int       `json:"word_bytes"`
	Types     []*layout `json:"types"`
}

// program is an executable of any of the three formats.
type program struct {
	debug *dwarf.Data
	order binary.ByteOrder
	types uint64 // address of the symbol runtime.types; 0 if unknown
	read  func(address uint64, data []byte) bool
}

type reader struct {
	program
	word  int64
	types map[dwarf.Offset]*layout
	order []dwarf.Offset
	names map[string]string // import path → package name
}

func main() {
	packages := flag.String("packages", "", "import paths, separated by commas; those below them too")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: layouts [-packages=PATH,PATH] BINARY")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), *packages); err != nil {
		fmt.Fprintln(os.Stderr, "layouts:", err)
		os.Exit(1)
	}
}

func run(path, packages string) error {
	p, err := open(path)
	if err != nil {
		return err
	}
	r := &reader{program: *p, types: map[dwarf.Offset]*layout{}, names: map[string]string{}}
	if err := r.readTypes(); err != nil {
		return err
	}
	result := page{Gotrace: "layouts", Version: formatVersion, WordBytes: int(r.word), Types: []*layout{}}
	if info, err := buildinfo.ReadFile(path); err == nil {
		result.GoVersion = info.GoVersion
		for _, s := range info.Settings {
			switch s.Key {
			case "GOOS":
				result.GOOS = s.Value
			case "GOARCH":
				result.GOARCH = s.Value
			}
		}
	}
	for _, at := range r.wanted(strings.Split(packages, ",")) {
		t := r.types[at]
		r.finish(t, 0)
		r.describe(t)
		result.Types = append(result.Types, t)
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

func open(path string) (*program, error) {
	if f, err := elf.Open(path); err == nil {
		return openELF(f)
	}
	if f, err := macho.Open(path); err == nil {
		return openMachO(f)
	}
	if f, err := pe.Open(path); err == nil {
		return openPE(f)
	}
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	return nil, errors.New("this is no executable of ELF, Mach-O or PE")
}

func openELF(f *elf.File) (*program, error) {
	debug, err := f.DWARF()
	p := &program{debug: debug, order: f.ByteOrder}
	symbols, _ := f.Symbols()
	for _, s := range symbols {
		if s.Name == "runtime.types" {
			p.types = s.Value
		}
	}
	p.read = func(address uint64, data []byte) bool {
		for _, s := range f.Sections {
			if s.Type == elf.SHT_PROGBITS && s.Flags&elf.SHF_ALLOC != 0 && within(address, s.Addr, s.Size) {
				return readFull(s.ReaderAt, address-s.Addr, data)
			}
		}
		return false
	}
	return p, err
}

func openMachO(f *macho.File) (*program, error) {
	debug, err := f.DWARF()
	p := &program{debug: debug, order: f.ByteOrder}
	if f.Symtab != nil {
		for _, s := range f.Symtab.Syms {
			if strings.TrimPrefix(s.Name, "_") == "runtime.types" {
				p.types = s.Value
			}
		}
	}
	p.read = func(address uint64, data []byte) bool {
		for _, s := range f.Sections {
			if within(address, s.Addr, s.Size) {
				return readFull(s.ReaderAt, address-s.Addr, data)
			}
		}
		return false
	}
	return p, err
}

func openPE(f *pe.File) (*program, error) {
	debug, err := f.DWARF()
	p := &program{debug: debug, order: binary.LittleEndian}
	base := uint64(0)
	switch h := f.OptionalHeader.(type) {
	case *pe.OptionalHeader32:
		base = uint64(h.ImageBase)
	case *pe.OptionalHeader64:
		base = h.ImageBase
	}
	for _, s := range f.Symbols {
		n := int(s.SectionNumber)
		if s.Name == "runtime.types" && n > 0 && n <= len(f.Sections) {
			p.types = base + uint64(f.Sections[n-1].VirtualAddress) + uint64(s.Value)
		}
	}
	p.read = func(address uint64, data []byte) bool {
		for _, s := range f.Sections {
			if start := base + uint64(s.VirtualAddress); within(address, start, uint64(s.Size)) {
				return readFull(s.ReaderAt, address-start, data)
			}
		}
		return false
	}
	return p, err
}

func within(address, start, size uint64) bool {
	return address >= start && address-start < size
}

func readFull(from io.ReaderAt, offset uint64, data []byte) bool {
	n, _ := from.ReadAt(data, int64(offset))
	return n == len(data)
}

// readTypes collects every type of the debug information.
func (r *reader) readTypes() error {
	entries := r.debug.Reader()
	r.word = int64(entries.AddressSize())
	var last *layout // the type whose children come
	for {
		e, err := entries.Next()
		if err != nil {
			return fmt.Errorf("the debug information is damaged: %v", err)
		}
		if e == nil {
			break
		}
		switch e.Tag {
		case 0:
			last = nil
		case dwarf.TagCompileUnit:
			r.word = int64(entries.AddressSize())
			path, _ := e.Val(dwarf.AttrName).(string)
			if name, ok := e.Val(attrGoPackage).(string); ok {
				r.names[path] = name
			}
		case dwarf.TagSubprogram, dwarf.TagVariable, dwarf.TagConstant:
			entries.SkipChildren()
		case dwarf.TagMember:
			if last != nil {
				last.Fields = append(last.Fields, member(e))
			}
		case dwarf.TagSubrangeType:
			if count, ok := e.Val(dwarf.AttrCount).(int64); ok && last != nil {
				last.Length = &count
			}
		default:
			if t := typeOf(e); t != nil {
				r.types[e.Offset] = t
				r.order = append(r.order, e.Offset)
				last = nil
				if e.Children {
					last = t
				}
			}
		}
		if len(r.order) > mostTypes {
			return fmt.Errorf("more than %d types", mostTypes)
		}
	}
	if len(r.order) == 0 {
		return errors.New("there is no debug information of types: was it linked with -w or -s?")
	}
	return nil
}

func member(e *dwarf.Entry) field {
	f := field{}
	f.Name, _ = e.Val(dwarf.AttrName).(string)
	f.OffsetBytes, _ = e.Val(dwarf.AttrDataMemberLoc).(int64)
	f.typ, _ = e.Val(dwarf.AttrType).(dwarf.Offset)
	f.IsEmbedded, _ = e.Val(attrEmbedded).(bool)
	return f
}

// typeOf is the type that an entry declares; nil if it declares none.
func typeOf(e *dwarf.Entry) *layout {
	switch e.Tag {
	case dwarf.TagArrayType, dwarf.TagBaseType, dwarf.TagPointerType, dwarf.TagStructType,
		dwarf.TagSubroutineType, dwarf.TagTypedef, dwarf.TagUnspecifiedType:
	default:
		return nil
	}
	t := &layout{SizeBytes: -1}
	t.FullName, _ = e.Val(dwarf.AttrName).(string)
	t.FullName = strings.ReplaceAll(t.FullName, "%2e", ".")
	if size, ok := e.Val(dwarf.AttrByteSize).(int64); ok {
		t.SizeBytes = size
	}
	if kind, ok := e.Val(attrGoKind).(int64); ok && kind > 0 && int(kind) < len(kinds) {
		t.Kind = kinds[kind]
	}
	target, _ := e.Val(dwarf.AttrType).(dwarf.Offset)
	switch {
	case t.Kind == "array" || t.Kind == "ptr":
		t.element = target
	case e.Tag == dwarf.TagTypedef:
		t.target = target
	}
	if element, ok := e.Val(attrGoElem).(dwarf.Offset); ok {
		t.element = element
	}
	switch address := e.Val(attrGoType).(type) {
	case uint64:
		t.goType = address
	case int64:
		t.goType = uint64(address)
	}
	return t
}

// resolve follows names to the type they stand for.
func (r *reader) resolve(at dwarf.Offset) (dwarf.Offset, *layout) {
	for i := 0; i < mostDepth; i++ {
		t := r.types[at]
		if t == nil || t.Kind != "" || t.target == 0 {
			return at, t
		}
		at = t.target
	}
	return at, nil
}

// wanted are the structs and other named types of the packages, and what they
// are made of; what pointers lead to is left out.
func (r *reader) wanted(packages []string) []dwarf.Offset {
	seen := map[dwarf.Offset]bool{}
	var found []dwarf.Offset
	var add func(at dwarf.Offset, depth int)
	add = func(at dwarf.Offset, depth int) {
		at, t := r.resolve(at)
		if t == nil || seen[at] || depth > mostDepth || t.Kind == "" {
			return
		}
		seen[at] = true
		found = append(found, at)
		if t.Kind == "struct" {
			for _, f := range t.Fields {
				add(f.typ, depth+1)
			}
		} else if t.Kind != "ptr" {
			add(t.element, depth+1)
		}
	}
	for _, at := range r.order {
		t := r.types[at]
		t.Package = packageOf(t.FullName)
		if t.Kind != "" && t.Package != "" && matches(t.Package, packages) {
			add(at, 0)
		}
	}
	return found
}

func matches(path string, packages []string) bool {
	for _, p := range packages {
		if p == "" || path == p || strings.HasPrefix(path, p+"/") {
			return true
		}
	}
	return false
}

// packageOf is the import path in front of a type's name; empty for types
// without a name or of none, and for those that the compiler made up.
func packageOf(name string) string {
	head, _, _ := strings.Cut(name, "[")
	if strings.ContainsAny(head, " *(){<") || strings.HasPrefix(head, "go.shape.") {
		return ""
	}
	slash := strings.LastIndexByte(head, '/') + 1
	dot := strings.LastIndexByte(head[slash:], '.')
	if dot <= 0 {
		return ""
	}
	return head[:slash+dot]
}

// finish works out size and pointers from what the type is made of.
func (r *reader) finish(t *layout, depth int) {
	if t.done || depth > mostDepth {
		return
	}
	t.done = true
	word := r.word
	_, element := r.resolve(t.element)
	if element != nil {
		t.Element = element.FullName
	}
	set := func(size, pointerBytes, pointers int64) {
		if t.SizeBytes < 0 {
			t.SizeBytes = size
		}
		t.PointerBytes, t.Pointers = pointerBytes, pointers
	}
	switch {
	case t.Kind == "ptr" || t.Kind == "map" || t.Kind == "chan" || t.Kind == "func",
		t.Kind == "unsafe.Pointer":
		set(word, word, 1)
	case t.Kind == "string":
		set(2*word, word, 1)
	case t.Kind == "slice":
		set(3*word, word, 1)
	case t.Kind == "interface":
		// Its first word leads to a type, which is never on the heap, so
		// that one is not followed; it counts for the length, though.
		set(2*word, 2*word, 1)
	case t.Kind == "array" && element != nil && t.Length != nil:
		r.finish(element, depth+1)
		n := *t.Length
		set(n*element.SizeBytes, 0, n*element.Pointers)
		if n > 0 && element.Pointers > 0 {
			t.PointerBytes = (n-1)*element.SizeBytes + element.PointerBytes
		}
	case t.Kind == "struct":
		r.finishStruct(t, depth)
	}
	if t.SizeBytes < 0 {
		t.SizeBytes = 0
	}
	if t.Kind == "string" || t.Kind == "slice" || t.Kind == "map" {
		t.Fields = nil
	}
}

func (r *reader) finishStruct(t *layout, depth int) {
	for i := range t.Fields {
		f := &t.Fields[i]
		_, of := r.resolve(f.typ)
		if of == nil {
			continue
		}
		r.finish(of, depth+1)
		f.Type, f.SizeBytes = of.FullName, of.SizeBytes
		f.PointerBytes, f.Pointers = of.PointerBytes, of.Pointers
		t.Pointers += of.Pointers
		if of.Pointers > 0 {
			t.PointerBytes = f.OffsetBytes + of.PointerBytes
		}
	}
}

// describe takes name and pointer bytes from the descriptor that the runtime
// uses (internal/abi.Type): size, pointer bytes, hash, flags, ..., name.
func (r *reader) describe(t *layout) {
	t.Name = r.shortName(t.FullName)
	if r.program.types == 0 || t.goType == 0 {
		return
	}
	address := r.program.types + t.goType
	head := make([]byte, 4*r.word+16)
	if !r.read(address, head) || r.wordAt(head, 0) != uint64(t.SizeBytes) {
		return
	}
	flags := head[2*r.word+4]
	name, ok := r.nameAt(r.program.types + uint64(r.program.order.Uint32(head[4*r.word+8:])))
	if !ok {
		return
	}
	if flags&flagExtraStar != 0 {
		name = strings.TrimPrefix(name, "*")
	}
	t.Name, t.Address = name, address
	t.PointerBytes = int64(r.wordAt(head, r.word))
}

func (r *reader) wordAt(data []byte, at int64) uint64 {
	if r.word == 4 {
		return uint64(r.program.order.Uint32(data[at:]))
	}
	return r.program.order.Uint64(data[at:])
}

// nameAt reads a name of the runtime: a byte of flags, a length, the text.
func (r *reader) nameAt(address uint64) (string, bool) {
	head := make([]byte, 4)
	if !r.read(address, head) {
		return "", false
	}
	length, n := binary.Uvarint(head[1:])
	if n <= 0 || length == 0 || length > longestName {
		return "", false
	}
	text := make([]byte, length)
	if !r.read(address+1+uint64(n), text) {
		return "", false
	}
	return string(text), true
}

// shortName has the package's name in place of its import path, as the runtime
// prints types; type arguments keep their paths.
func (r *reader) shortName(full string) string {
	path := packageOf(full)
	if path == "" {
		return full
	}
	name, ok := r.names[path]
	if !ok {
		name = path[strings.LastIndexByte(path, '/')+1:]
	}
	return name + full[len(path):]
}
