"""The hostile zone: bytes in, tables out; one file (or folder) a format."""
