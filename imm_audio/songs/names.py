"""Names in songs: of sections, languages, keys and chords, as people write them and as we keep them."""
import re
import unicodedata

from .harmony import ROOTS, nearest_chord, parse_tonic

#: Kinds of sections; their places here are the numbers the engine knows (kernels/music/form.py).
KINDS = ("verse", "chorus", "bridge", "intro", "ending", "other")
#: Words for them in names of sections, other than themselves.
_KIND_WORDS = {
    "verse": ("vers", "stanza", "strophe", "couplet", "copla"), "chorus": ("refrain", "refrein", "ref", "estribillo", "hook"),
    "bridge": ("middle",), "intro": ("introduction", "prelude"), "ending": ("outro", "coda", "end", "tag"),
}
#: Signs that mean something else in a ChordPro file.
_SIGNS = str.maketrans({"{": "(", "}": ")", "[": "(", "]": ")", "\u00ad": None, "\ufeff": None, "\u200b": None})
#: How a mode is written behind the tonic; minor and major as everybody does.
MODE_SUFFIXES = {"major": "", "minor": "m", "dorian": "dor", "phrygian": "phr", "lydian": "lyd", "mixolydian": "mix",
                 "locrian": "loc"}
_MODE_STARTS = {"": "major", "maj": "major", "ion": "major", "m": "minor", "min": "minor", "aeo": "minor", "dor": "dorian",
                "phr": "phrygian", "lyd": "lydian", "mix": "mixolydian", "loc": "locrian"}
_KEY = re.compile(r"\s*([A-Ga-g])\s*([#b♯♭]?)\s*([A-Za-z]*)")
#: A chord as it may be written; what stands behind is cut.
_CHORD = re.compile(r"[A-G][A-Za-z0-9#()+\-/°øΔ^,.]{0,20}")
_BASS = re.compile(r"(.+)/([A-G][#b]?)")


def plain(text: str) -> str:
    """Words as they may stand in a song: one line, no brackets, no signs that nobody sees."""
    text = unicodedata.normalize("NFC", text.translate(_SIGNS))
    text = "".join(" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in text
                   if unicodedata.category(sign) not in ("Cs", "Cn", "Co"))
    return " ".join(text.split())


def language_name(text: str) -> str:
    """`EN`, `zh_Hant` -> en, zh-hant."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def section_name(text: str) -> str:
    """`Verse 2:` -> verse-2."""
    return re.sub(r"[^\w]+", "-", plain(text).lower()).strip("-_") or "part"


def kind_of(name: str) -> str:
    """Kind of a section by its name: `Refrain 2` -> chorus."""
    words = re.findall(r"[^\W\d_]+", name.lower())
    for kind in KINDS[:-1]:
        if any(word == kind or word in _KIND_WORDS[kind] for word in words):
            return kind
    return "other"


def parse_key(text: str) -> tuple[int, str] | None:
    """`F#m`, `D dorian`, `Bb` -> tonic 0 .. 11 and mode; None when it is no key."""
    found = _KEY.match(text)
    if not found:
        return None
    word = found[3].lower()
    mode = _MODE_STARTS.get(word if word in ("", "m") else word[:3])
    return None if mode is None else (parse_tonic(found[1].upper() + found[2]), mode)


def key_name(tonic: int, mode: str | None) -> str:
    """6, minor -> F#m."""
    return ROOTS[tonic] + MODE_SUFFIXES.get(mode or "major", "")


def clean_chord(text: str) -> str | None:
    """A chord's name as it can be kept; "" for no chord at all, None when nobody knows what it means."""
    name = "".join(text.split()).replace("♯", "#").replace("♭", "b")
    if name.startswith("(") and name.endswith(")"):
        name = name[1:-1]
    if name.upper().rstrip(".") in ("N.C", "NC", "X", "NOCHORD"):
        return ""
    found = _CHORD.match(name)
    return found[0] if found and nearest_chord(found[0]) is not None else None


def moved_chord(name: str, semitones: int) -> str:
    """A chord's name so much higher, with its bass note."""
    found, bass = nearest_chord(name) if name else None, _BASS.fullmatch(name)
    if found is None:
        return ""
    low = f"/{ROOTS[(parse_tonic(bass[2]) + semitones) % 12]}" if bass else ""
    return f"{ROOTS[(found[0] + semitones) % 12]}{found[1].suffix}{low}"


def usable_meter(count: int, unit: int) -> bool:
    """Whether a meter can be played: 1 .. 32 beats in a bar."""
    return count >= 1 and unit in (1, 2, 4, 8, 16, 32) and 1 <= 4 * count / unit <= 32
