"""Names of keys and ranges as people write them: `C4` is MIDI key 60, `C2 to B3` a range of the keyboard."""
import re
from typing import Annotated

from pydantic import AfterValidator, Field

from ..kernels.music.terms import CONTROLS

PITCH_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
HIGHEST_KEY = 127
_WHITE = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SIGN = {"#": 1, "b": -1, "": 0}
_NOTE = r"[A-Ga-g][#b]?-?\d"
_NOTE_PATTERN = f"^{_NOTE}$"
_KEYS_PATTERN = f"^{_NOTE} (to {_NOTE}|and above|and below)$"
_CONTROLS_PATTERN = r"^\d+( to \d+| and above)?$"


def key_of(name: str) -> int:
    """MIDI key of a note name; ValueError when there is none."""
    found = re.fullmatch(r"([A-G])([#b]?)(-?\d)", name[:1].upper() + name[1:])
    key = 12 * (int(found[3]) + 1) + _WHITE[found[1]] + _SIGN[found[2]] if found else -1
    if not 0 <= key <= HIGHEST_KEY:
        raise ValueError("write a note like C4, F#3 or Bb2, from C-1 to G9.")
    return key


def name_of(key: int) -> str:
    """Note name of a MIDI key."""
    return f"{PITCH_NAMES[key % 12]}{key // 12 - 1}"


def keys_of(words: str) -> tuple[int, int]:
    """First and last MIDI key of `C2 to B3`, `C4 and above` or `B3 and below`."""
    found = re.fullmatch(r"(\S+) (?:to (\S+)|and (above|below))", words)
    if not found:
        raise ValueError('write keys like "C2 to B3", "C4 and above" or "B3 and below".')
    one = key_of(found[1])
    first, last = (one, key_of(found[2])) if found[2] else (one, HIGHEST_KEY) if found[3] == "above" else (0, one)
    if first > last:
        raise ValueError("the lower key comes first.")
    return first, last


def controls_of(words: str) -> tuple[int, int]:
    """First and last control of `0 to 7`, `8 and above` or `3`."""
    found = re.fullmatch(r"(\d{1,3})(?: to (\d{1,3})| and (above))?", words)
    if not found:
        raise ValueError('write controls like "0 to 7", "8 and above" or "3".')
    first = int(found[1])
    last = int(found[2]) if found[2] else CONTROLS - 1 if found[3] else first
    if not first <= last < CONTROLS:
        raise ValueError(f"controls go from 0 to {CONTROLS - 1}, the lower one first.")
    return first, last


def _checked(reading):
    def check(words: str) -> str:
        reading(words)
        return words
    return AfterValidator(check)


#: Text fields of data files.  They stay as they were written; the functions above tell what they mean.
NoteName = Annotated[str, _checked(key_of), Field(json_schema_extra={"pattern": _NOTE_PATTERN})]
KeyRange = Annotated[str, _checked(keys_of), Field(json_schema_extra={"pattern": _KEYS_PATTERN})]
ControlRange = Annotated[str, _checked(controls_of), Field(json_schema_extra={"pattern": _CONTROLS_PATTERN})]
