// What real programs do: parse Go source, and write and read JSON, in goroutines that live long.
package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"sync"
)

type description struct {
	Name    string
	Imports []string
	Lines   int
	Names   map[string]int
}

func describe(path string, text []byte) ([]byte, *ast.File) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, text, parser.ParseComments)
	if err != nil {
		panic(err)
	}
	found := description{Name: file.Name.Name, Names: map[string]int{}}
	for _, one := range file.Imports {
		found.Imports = append(found.Imports, one.Path.Value)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if name, ok := n.(*ast.Ident); ok {
			found.Names[name.Name]++
		}
		return true
	})
	written, err := json.Marshal(found)
	if err != nil {
		panic(err)
	}
	var again any
	if err := json.Unmarshal(written, &again); err != nil {
		panic(err)
	}
	return written, file
}

func main() {
	paths, err := filepath.Glob(filepath.Join(runtime.GOROOT(), "src", "net", "http", "*.go"))
	if err != nil || len(paths) == 0 {
		panic("no source of net/http")
	}
	sort.Strings(paths)
	texts := make([][]byte, len(paths))
	for i, path := range paths {
		if texts[i], err = os.ReadFile(path); err != nil {
			panic(err)
		}
	}
	const workers = 8
	ready, start, done := make(chan struct{}), make(chan struct{}), sync.WaitGroup{}
	kept := make([][]*ast.File, workers)
	for worker := range workers {
		done.Add(1)
		go func() {
			defer done.Done()
			deepen(200)
			ready <- struct{}{}
			<-start
			for i := worker; i < len(paths); i += workers {
				_, file := describe(paths[i], texts[i])
				kept[worker] = append(kept[worker], file)
				if len(kept[worker]) > 3 {
					kept[worker] = kept[worker][1:]
				}
			}
		}()
	}
	for range workers {
		<-ready
	}
	record(func() {
		close(start)
		done.Wait()
	})
	runtime.KeepAlive(kept)
}
