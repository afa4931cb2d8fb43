"""Take a stream of stored bytes in, gunzip it where it is gzip, and stop at the agreed limits.

Bytes arrive in chunks and go at once through SHA-256 and zlib into one growing buffer, so that
neither the stored form nor a second copy of the content is ever held.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable

from gotrace.errors import InputError, LimitError, MalformedError, TruncatedError
from gotrace.readers.limits import Limits

__all__ = ["Intake"]

_MAGIC = b"\x1f\x8b"
_AUTO_GZIP = 31  # zlib's code for "a gzip header, a 32 KiB window, a gzip trailer"
_OUTPUT_STEP = 4 << 20  # how much may come out of zlib before the limits are looked at again
_RATIO_FREE_BYTES = 64 << 20  # below this much output no ratio is suspicious


class Intake:
    """Collects one input: `take` every chunk, then `finish`.

    Several gzip members in a row are one content, and anything else behind a member is an error,
    as in Go's `compress/gzip`. Offsets in errors are positions in the stored (compressed) bytes.
    """

    def __init__(self, limits: Limits) -> None:
        """Start with nothing taken."""
        self.limits = limits
        self.content = bytearray()
        self.stored_bytes = 0
        self.is_gzip = False
        self._hash = hashlib.sha256()
        self._head = b""
        self._inflater: zlib._Decompress | None = None
        self._members = 0

    @property
    def sha256(self) -> str:
        """SHA-256 of the stored bytes taken so far, in hexadecimal."""
        return self._hash.hexdigest()

    def take_all(self, chunks: Iterable[bytes]) -> memoryview:
        """Take every chunk and finish; returns the content.

        Raises LimitError, TruncatedError (a gzip member is cut off) or MalformedError (not gzip
        after all, a wrong checksum, garbage behind the last member).
        """
        for chunk in chunks:
            self.take(chunk)
        return self.finish()

    def take(self, chunk: bytes) -> None:
        """Take the next stored bytes. Raises as `take_all`."""
        self._hash.update(chunk)
        before, self.stored_bytes = self.stored_bytes, self.stored_bytes + len(chunk)
        if self.stored_bytes > self.limits.compressed_bytes:
            raise _too_large("stored", "compressed_bytes", self.limits.compressed_bytes)
        if before < len(_MAGIC):
            # Two bytes decide; a stream may deliver them one at a time.
            self._head += chunk
            if len(self._head) < len(_MAGIC):
                return
            chunk, self._head = self._head, b""
            self.is_gzip = chunk.startswith(_MAGIC)
        if self.is_gzip:
            self._inflate(chunk)
        else:
            self._keep(chunk)

    def finish(self) -> memoryview:
        """The whole content. Raises TruncatedError when a gzip member is not complete."""
        self._keep(self._head)
        if self._inflater is not None:
            raise TruncatedError(
                f"the gzip stream is cut off; {len(self.content)} bytes came out of it",
                offset=self.stored_bytes,
                advice="copy or record the file again",
            )
        return memoryview(self.content)

    def _inflate(self, chunk: bytes) -> None:
        while chunk:
            if self._inflater is None:
                self._inflater = self._next_member()
            inflater = self._inflater
            try:
                output = inflater.decompress(chunk, _OUTPUT_STEP)
            except zlib.error as error:
                raise self._corrupt(error, len(chunk)) from None
            self._keep(output)
            chunk = inflater.unconsumed_tail
            self._check_ratio(self.stored_bytes - len(chunk))
            if inflater.eof:
                # What follows must be another member: the next round insists on its header.
                self._inflater, chunk = None, inflater.unused_data

    def _next_member(self) -> zlib._Decompress:
        self._members += 1
        if self._members > self.limits.gzip_members:
            raise LimitError(
                f"more than {self.limits.gzip_members} gzip members one after the other",
                advice="no profile is stored like that (limit `gzip_members`)",
            )
        return zlib.decompressobj(_AUTO_GZIP)

    def _keep(self, output: bytes) -> None:
        if len(self.content) + len(output) > self.limits.decompressed_bytes:
            limit = self.limits.decompressed_bytes
            raise _too_large("decompressed" if self.is_gzip else "raw", "decompressed_bytes", limit)
        self.content += output

    def _check_ratio(self, consumed_bytes: int) -> None:
        ratio = self.limits.compression_ratio
        if len(self.content) > max(_RATIO_FREE_BYTES, ratio * consumed_bytes):
            raise LimitError(
                f"{consumed_bytes} bytes of gzip unpack to more than {len(self.content)}, "
                f"over {ratio} times as much",
                advice="no profile compresses like that (limit `compression_ratio`)",
            )

    def _corrupt(self, error: zlib.error, fed_bytes: int) -> InputError:
        cause = str(error).rpartition(": ")[2]
        start = self.stored_bytes - fed_bytes
        if "header check" in cause and self.content:
            reason = "bytes that are not gzip follow the end of the gzip data"
        else:
            reason = f"the gzip data is damaged ({cause})"
        return MalformedError(reason, offset=start, advice="copy or record the file again")


def _too_large(which: str, limit: str, bytes_: int) -> LimitError:
    return LimitError(
        f"more than {bytes_} bytes {which}", advice=f"raise it with --max-size (limit `{limit}`)"
    )
