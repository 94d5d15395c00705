"""Everything people read, in their language: texts of the pages, sentences of the program, words on instruments.

`texts/en/*.json` are the texts of the pages (key -> text), `texts/<language>/*.json` the same in another language.  Three files
of a language are keyed by English instead: `notices.json`, what the program says in Python, with {placeholders}, `undo.json`,
its words for what would be taken back, and `instruments.json`, the words of the data files that came with it.  Where a word
lacks, English stands.
"""
import json
import re
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path

ENGLISH = "en"
#: Files of a language whose keys are English sentences and words, not names of texts.
NOTICES, UNDO, WORDS = BY_ENGLISH = "notices.json", "undo.json", "instruments.json"
#: Languages that write 1,5 for one and a half.
DECIMAL_COMMA = ("de",)
#: Placeholders of notices whose values are sentences of the program, and words of data files, themselves.
_SENTENCES = ("name", "length", "who")
_DATA_WORDS = ("instrument", "style", "macro", "tuning")
#: Between sentences; after what a sentence is about ("line 7: ...").
JOINTS = re.compile(r"(?<=[.?!]) "), re.compile(r"(?<=:) ")
_DECIMAL = re.compile(r"-?\d+\.\d+")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@lru_cache
def folder() -> Path:
    """Where the catalogue lies."""
    with as_file(files("imm_audio.desk")) as here:
        return here / "texts"


def languages() -> list[str]:
    """Codes of all languages there are, English first."""
    found = sorted(path.name for path in folder().iterdir() if path.is_dir())
    return sorted(found, key=lambda code: code != ENGLISH)


@lru_cache
def texts(language: str) -> dict[str, str]:
    """Texts of the pages by key, in English where `language` has none."""
    found: dict[str, str] = {}
    for code in (ENGLISH, language):
        if code in languages():
            for path in sorted((folder() / code).glob("*.json")):
                if path.name not in BY_ENGLISH:
                    found |= json.loads(path.read_text("utf-8"))
    return found


def word(english: str, language: str) -> str:
    """A word or sentence of a shipped data file: the name of an instrument, style or family, a macro's label, a pad, a `say`.

    What people wrote into files of their own stays as it is.
    """
    return texts_by_english(language, WORDS).get(english, english)


@lru_cache(maxsize=512)
def translate(sentence: str, language: str) -> str:
    """A notice, warning, answer or remark that Python says in English; what is unknown stays English."""
    return "\n".join(_line(line, language) for line in sentence.split("\n")) if sentence else sentence


def translate_undo(words: str, language: str) -> str:
    """Words for what would be taken back."""
    return _whole(words, language, UNDO) or words


def _line(line: str, language: str) -> str:
    """Translate what is known as a whole; else sentence by sentence, and what stands before a colon apart from the rest."""
    if whole := _whole(line, language, NOTICES):
        return whole
    for joint in JOINTS:
        parts = joint.split(line, maxsplit=1)
        if len(parts) == 2:
            return " ".join(_line(part, language) for part in parts)
    return line


def _whole(text: str, language: str, file_name: str) -> str | None:
    """What a text means that was made from one template."""
    for pattern, meant in _templates(language, file_name):
        if match := pattern.fullmatch(text):
            return _PLACEHOLDER.sub(lambda place: _value(place[1], match[place[1]], language), meant)
    return None


def _value(name: str, value: str, language: str) -> str:
    if name == "undo":
        return translate_undo(value, language)
    if name in _SENTENCES:
        return translate(value, language)
    if name in _DATA_WORDS:
        return word(value, language)
    return value.replace(".", ",") if language in DECIMAL_COMMA and _DECIMAL.fullmatch(value) else value


@lru_cache
def _templates(language: str, file_name: str) -> list[tuple[re.Pattern[str], str]]:
    """(pattern, meaning) of every template; those with most letters of their own first."""
    found = texts_by_english(language, file_name)
    by_letters = sorted(found, key=lambda template: -len(_PLACEHOLDER.sub("", template)))
    return [(pattern_of(template), found[template]) for template in by_letters]


def pattern_of(template: str) -> re.Pattern[str]:
    """What recognises sentences made from a template; each {placeholder} is a group of that name, and never empty."""
    pieces, seen = [], set()
    for position, piece in enumerate(_PLACEHOLDER.split(template)):
        if position % 2 == 0:
            pieces.append(re.escape(piece))
        else:
            pieces.append(f"(?P={piece})" if piece in seen else f"(?P<{piece}>.+?)")
            seen.add(piece)
    return re.compile("".join(pieces))


@lru_cache
def texts_by_english(language: str, file_name: str) -> dict[str, str]:
    """A file whose keys are English sentences or words; empty where the language has none."""
    if language not in languages():
        return {}
    path = folder() / language / file_name
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}
