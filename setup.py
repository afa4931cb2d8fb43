"""Builds the kernels side by side; everything else that is built or installed is in pyproject.toml.

Cython's compiler is not safe in threads, which is how setuptools would run it with `parallel`: it
gets a process for each kernel, and only the C compiler, a process by itself, is run by threads.
"""

from __future__ import annotations

import os

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext


class SideBySide(build_ext):
    """As many kernels at once as there are processors, unless `--parallel` says otherwise."""

    def build_extensions(self) -> None:
        """Translate all, then compile all."""
        if self.parallel is None:
            self.parallel = min(len(self.extensions), _processors())
        # Copies: `cythonize` forgets what it does not know, such as `optional`.
        made = cythonize(
            [Extension(one.name, one.sources) for one in self.extensions],
            nthreads=self.parallel,
            force=self.force,
        )
        sources = {one.name: one.sources for one in made}
        for extension in self.extensions:
            extension.sources = sources[extension.name]
        super().build_extensions()


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


if __name__ == "__main__":
    setup(cmdclass={"build_ext": SideBySide})
