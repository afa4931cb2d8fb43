"""pprof's protobuf format: `reader` (bytes → draft), `writer` (recording → bytes)."""
