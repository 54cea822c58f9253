"""Snappy's block format (google/snappy, format_description.txt), by the library `cramjam`.

Imported when first needed: the library is of the extra `signed`.
"""

import cramjam

from watchdog.errors import MalformedError


def decompressed(content: bytes, max_bytes: int) -> bytes:
    """Decompress one block; raises MalformedError, also where it would be larger than that.

    A block begins with its decompressed length, so nothing is allocated for one that is too large.
    """
    try:
        size = cramjam.snappy.decompress_raw_len(content)
        if size > max_bytes:
            raise MalformedError(f"decompressed it has {size} bytes, at most {max_bytes} are read")
        return bytes(cramjam.snappy.decompress_raw(content))
    except cramjam.DecompressionError as error:
        raise MalformedError("it is not compressed with snappy, or is cut short") from error
