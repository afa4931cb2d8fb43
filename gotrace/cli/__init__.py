"""The command line: parse, call the pipeline, print, exit. One file a verb, no logic.

`main` is the only place where an error becomes a message and an exit code:
0 fine · 1 over budget · 2 usage · 3 input unreadable · 4 our own fault.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from gotrace.errors import GotraceError

__all__ = ["guarded", "main"]


def main() -> None:
    """Run `gotrace` with the process's arguments and exit with its code."""
    # gotrace multiplies no matrices: starting NumPy's BLAS threads would only cost 0.1 s of CPU.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if sys.stderr is None:  # `2>&-`: nobody hears us, and `print` would take standard output
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    from gotrace.cli.app import run
    from gotrace.cli.flags import with_two_dashes

    sys.exit(guarded(lambda: run(with_two_dashes(sys.argv[1:]))))


def guarded(action: Callable[[], None]) -> int:
    """Call `action`; turn whatever goes wrong into one line on stderr and an exit code."""
    try:
        action()
        sys.stdout.flush()
    except GotraceError as error:
        from gotrace.views.safety import safe_text

        # Servers and files have their say in it, and must not steer the terminal.
        print(f"gotrace: {safe_text(str(error))}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("gotrace: interrupted", file=sys.stderr)
        return 130
    except MemoryError:
        print("gotrace: out of memory; lower `--max-size` or read fewer files", file=sys.stderr)
        return 3
    except Exception as error:  # The last resort: anything that arrives here is our own fault.
        if os.environ.get("GOTRACE_TRACEBACK"):
            raise
        print(
            f"gotrace: internal error: {type(error).__name__}: {error}; this is a fault of gotrace,"
            " please report it (GOTRACE_TRACEBACK=1 shows where)",
            file=sys.stderr,
        )
        return 4
    return 0
