#!/usr/bin/env bash
# make sanitize: TESTS... on kernels built with AddressSanitizer and UndefinedBehaviorSanitizer, in a
# copy of the tree under .sanitize/ (git ignores it). The first finding aborts the run.
#
# PLANT=1 plants a kernel that reads past the end of its buffer instead, and succeeds only if
# the sanitizer stops it: the proof that this net holds.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}
case $python in */*) python=$(cd "$(dirname "$python")" && pwd)/$(basename "$python") ;; esac
copy=$root/.sanitize
flags="-fsanitize=address,undefined -fno-sanitize-recover=undefined -O1 -g -fno-omit-frame-pointer"

mkdir -p "$copy"
rm -rf "$copy/gotrace" "$copy/tests"
cp -R "$root/gotrace" "$root/tests" "$root/sample_traces" "$root/schemas" \
    "$root/pyproject.toml" "$copy/"
cd "$copy"
rm -f gotrace/kernels/*.so gotrace/kernels/*.c

if [ -n "${PLANT:-}" ]; then
    cat >gotrace/kernels/planted.pyx <<'PYX'
# cython: language_level=3, boundscheck=False, wraparound=False
def read(const unsigned char[::1] data, Py_ssize_t offset):
    cdef int byte
    with nogil:
        byte = data[offset]
    return byte
PYX
fi

# Straight from .pyx to .so: what setuptools would add is optimisation, which hides findings.
include=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
suffix=$("$python" -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')
for source in gotrace/kernels/*.pyx; do
    echo "building $source"
    "$python" -m cython -3 "$source" 2>&1 | { grep -v 'performance hint' || true; }
    # shellcheck disable=SC2086
    gcc $flags -shared -fPIC -I"$include" "${source%.pyx}.c" -o "${source%.pyx}$suffix"
done

# libasan must come first in the process, and the interpreter's own leaks are not ours. libstdc++ is
# loaded with it: libasan looks for what throws C++ exceptions (pyarrow, DuckDB do) at its start only.
LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libstdc++.so)"
export LD_PRELOAD
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1
export PYTHONPATH=$copy PYTHONMALLOC=malloc

if [ -n "${PLANT:-}" ]; then
    if "$python" -c 'from gotrace.kernels.planted import read
print("past the end lies", read(bytes(24), 25))  # byte 24 is the NUL that ends every `bytes`' 2>planted.log; then
        echo "the planted overrun went unnoticed"
        exit 1
    fi
    grep -m 1 -E 'runtime error|AddressSanitizer' planted.log
    rm -f gotrace/kernels/planted.*
    echo "the planted overrun was caught"
    exit
fi

"$python" -c 'import gotrace.kernels as k; assert not k.missing(), k.missing(); print(k.__file__)'
# pytest catches stderr, and what a dying process wrote there is lost: findings go to files.
rm -f finding.*
export ASAN_OPTIONS=$ASAN_OPTIONS:log_path=$copy/finding
export UBSAN_OPTIONS=$UBSAN_OPTIONS:log_path=$copy/finding
status=0
"$python" -m pytest -p no:cacheprovider -q "$@" || status=$?
cat finding.* 2>/dev/null || true
exit "$status"
