"""Plain-Python references of the kernels: their specification, and what runs without a compiler."""
