"""A stand-in for Go: a script that builds scripts, which do as files in their package tell them.

Of a package `m/a` the folder is `a` in the module. In it

* `benchmarks` holds the lines that its test binary prints, `say` what it says on standard error;
* `code` its exit code, `hang` lets it hang with a child (whose id goes to `child`) once the file
  `hang-after` lines long runs are over; `broken` lets its build fail.
"""

from __future__ import annotations

from pathlib import Path

from gotrace.capture.module_request import ModuleRequest

__all__ = ["module_of", "request_for"]

GO = """#!/bin/sh
module=$(dirname "$0")
case "$1" in
env) echo '{"GOVERSION": "go1.27.3", "GOOS": "linux", "GOARCH": "amd64", "GOMOD": "/m/go.mod"}';;
list) cat "$module/packages";;
build) exit 1;;
test) shift
      for word; do
          case "$word" in
          m/*) package=${word#m/};;
          -o) is_target=1;;
          *) [ -n "$is_target" ] && target=$word; is_target=;;
          esac
      done
      env | grep -E '^GO(PROXY|VCS|TOOLCHAIN|NOPROXY)=' | sort > "$module/go-environment"
      [ -e "$module/$package/broken" ] && { echo "$package/x.go:3:2: undefined: x" >&2; exit 1; }
      escapes=$(dirname "$(dirname "$target")")/escapes
      printf 'x\\n' > "$escapes/$(ls "$escapes")/x.json"
      cp "$module/binary" "$target"; chmod +x "$target";;
esac
"""
BINARY = """#!/bin/sh
echo run >> runs
for word; do
    case "$word" in
    -test.list=*) grep -o '^Benchmark[A-Za-z]*' benchmarks; exit 0;;
    -test.bench=None) exit 0;;
    -test.cpuprofile=*|-test.memprofile=*|-test.trace=*) [ -e mute ] || echo some > "${word#*=}";;
    esac
done
if [ -e hang ] && [ "$(wc -l < runs)" -gt "$(cat hang)" ]; then
    sleep 300 & echo $! > child; wait
fi
echo "goos: linux"
cat benchmarks
[ -e say ] && cat say >&2
[ -e "say-$GODEBUG" ] && { cat "say-$GODEBUG" >&2; exit 2; }
exit "$(cat code 2>/dev/null || echo 0)"
"""
RESULT = "Benchmark%s-2   100   50.0 ns/op   16 B/op   1 allocs/op\n"


def module_of(folder: Path, *packages: str) -> Path:
    """A module of these packages, each with one benchmark that works; returns its folder."""
    rows = []
    for name in packages:
        place = folder / name
        place.mkdir(parents=True)
        (place / "x_test.go").write_text("func BenchmarkX(b *testing.B) {}\n")
        (place / "benchmarks").write_text(RESULT % name.capitalize())
        rows.append(
            f'{{"ImportPath": "m/{name}", "Dir": "{place}", '
            '"Module": {"Path": "m"}, "TestGoFiles": ["x_test.go"]}\n'
        )
    (folder / "packages").write_text("".join(rows))
    (folder / "binary").write_text(BINARY)
    (folder / "go").write_text(GO)
    (folder / "go").chmod(0o755)
    return folder


def request_for(module: Path, **more: object) -> ModuleRequest:
    """A quick recording of such a module."""
    given: dict[str, object] = {"count": 2, "benchtime": "100x", "timeout_seconds": 120.0}
    given |= {"go": str(module / "go")} | more
    return ModuleRequest(module, **given)  # type: ignore[arg-type]
