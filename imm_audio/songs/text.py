"""Files of text that other people wrote: any usual encoding, and never too large to be read."""
import codecs
from pathlib import Path

#: Collections of tunes are large; a text of more is no song.
MOST_BYTES = 32_000_000
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_bytes(path: Path, most: int = MOST_BYTES) -> bytes:
    """The whole file.  ValueError: one sentence, without the file's name."""
    try:
        with path.open("rb") as file:
            raw = file.read(most + 1)
    except OSError as error:
        raise ValueError(f"it can't be read: {error.strerror or error}.") from None
    if len(raw) > most:
        raise ValueError(f"it is larger than {most // 1_000_000} MB, so it is no song.")
    return raw


def decode(raw: bytes) -> str:
    """Bytes as text: UTF-8 or UTF-16 as they say or look; else line by line, UTF-8 or as Windows writes western Europe."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return raw.decode(encoding, errors="replace")
    head = raw[:400]
    if len(head) >= 4 and head[1::2].count(0) > len(head) // 5:
        return raw.decode("utf-16-le", errors="replace")
    if len(head) >= 4 and head[::2].count(0) > len(head) // 5:
        return raw.decode("utf-16-be", errors="replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return "\n".join(map(_line, raw.splitlines()))


def _line(raw: bytes) -> str:
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            pass
    return raw.decode("latin-1")
