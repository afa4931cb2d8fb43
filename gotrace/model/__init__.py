"""The reference model of Go's memory: readable Python, Go versions as data."""
