"""Plain-Python references of the kernels: the specification, and the fallback without a compiler."""
