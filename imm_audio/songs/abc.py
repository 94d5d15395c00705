"""Songs in ABC notation: notes by music21; parts, verses and languages by ourselves.

Beyond ABC 2.1 a file may say, in lines that other programs pass over: `%%imm year 1892`, and so `kind`, `style`, `origin`,
`source`, `copyright`; `%%imm language en` in the head for the words, and in the tune before a `w:` line that is in another
language; `%%imm order verse chorus verse chorus` (`verse=2` for a certain verse).  `P:verse` begins a section.

Several `w:` lines of a language under the same notes are verses; a single one is sung in all of them.  Where notes are repeated
by `|: :|` and have as many lines as times, or twice as many ..., each time has its own.  `W:` lines are left out.
"""
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest import mock

from .making import counted_order, section, song
from .names import clean_chord, kind_of, plain, section_name
from .notation import BAR, HOLD, Sign, signs
from .scores import Music, changes, read_music
from .song import Facts, Section, Song, Syllable, Turn, Words
from .text import decode, read_bytes

#: One tune of more is none; time grows with the square of its notes.
MOST_SIGNS = 40_000
MOST_NOTES = 1500
_IMM = re.compile(r"%%\s*imm\s+(\w+)\s*(.*)")
_FIELD = re.compile(r"([A-Za-z+]):(.*)")
_FACT_FIELDS = {"C": "composer", "A": "lyricist", "O": "origin", "S": "source"}
_FACTS = {"year", "kind", "style", "origin", "source", "copyright", "composer", "lyricist"}
_USABLE = {"M": re.compile(r"C\|?|none|[1-9]\d?/(1|2|4|8|16|32)"), "L": re.compile(r"1(/(1|2|4|8|16|32|64))?"),
           "Q": re.compile(r'("[^"]*"\s*)?(([1-9]\d?/[1-9]\d?\s*)+=)?\s*[1-9]\d{0,2}(\s*"[^"]*")?|C\d?=\d+')}
#: What music21 does not take for notes: decorations, and signs that mean nothing.  Texts, fields and grace notes stay.
_KEPT = re.compile(r'"[^"]*"|\[[A-Za-z]:[^\]]*\]|\{[^}]*\}|y\d*|[A-Ga-gzxZX0-9,\'/=^_()\[\]|:<>\-&\\ \t]')
_LOOSE = re.compile(r"[\^_=]+(?![\^_=A-Ga-g])")
#: What is no note: texts and chord names, decorations, fields inside a line, grace notes.
_NO_NOTES = re.compile(r'"[^"]*"|![^!\n]*!|\+[^+\n]*\+|\[[A-Za-z]:[^\]]*\]|\{[^}]*\}|\\.?|`|y\d*')
_PLACE = re.compile(r"\[(?=[\^_=A-Ga-gz])[^\]]*\]|(?P<rest>[zxZX])|(?P<note>[A-Ga-g])|(?P<bar>[|:\[\]]*[|][|:\]]*\d?|::)")


@dataclass
class _Row:
    """A line of music with what is sung to it."""

    music: str
    line: int
    words: list[tuple[str, str, int]] = field(default_factory=list)  # language, text, line


@dataclass
class _Part:
    name: str
    head: list[str]
    rows: list[_Row] = field(default_factory=list)


def read_abc(path: Path, number: int | None = None) -> Song:
    """Read a tune of an ABC file: the first, or the one with `X:number`.  ValueError: one sentence, without the file's name."""
    return abc_song(decode(read_bytes(path)), path.stem, number)


def abc_song(text: str, name: str = "Song", number: int | None = None) -> Song:
    """Read ABC notation; `name` is the title where none is given.  ValueError: one sentence."""
    if "X:" not in text and "K:" not in text:
        raise ValueError("it is neither a MIDI file nor a tune in ABC notation.")
    return _Reader(name).read(*_cut(text, number))


def _cut(text: str, number: int | None) -> tuple[str, int]:
    """One tune of a collection, and the number of its first line."""
    starts = [found.start() for found in re.finditer(r"^X:", text, re.MULTILINE)] or [0]
    start = starts[0]
    if number is not None:
        there = re.search(rf"^X:[ \t]*{number}[ \t]*(%.*)?\r?$", text, re.MULTILINE)
        if not there:
            raise ValueError(f"there is no tune X:{number} in it.")
        start = there.start()
    stop = next((other for other in starts if other > start), len(text))
    if stop - start > MOST_SIGNS:
        raise ValueError(f"its tune has more than {MOST_SIGNS} signs.")
    return text[start:stop], text.count("\n", 0, start) + 1


class _Reader:
    def __init__(self, name: str) -> None:
        self.title = ""
        self.name = name
        self.facts: dict[str, str] = {}
        self.language = ""
        self.order = ""
        self.parts_played = ""
        self.head: list[str] = []     # fields that music21 needs
        self.parts: list[_Part] = []
        self.left_out: list[str] = []
        self.voice: list[str] = []    # name of the first one; the others are left out
        self.in_voice = True

    def read(self, text: str, first_line: int) -> Song:
        self._lines(text, first_line)
        parts = [part for part in self.parts if any(row.music.strip() for row in part.rows)]
        if sum(len(_places(row.music)) for part in parts for row in part.rows) > MOST_NOTES:
            raise ValueError(f"it has more than {MOST_NOTES} notes and bars.")
        if not parts:
            raise ValueError("there is no note in it.")
        sections, musics = [], []
        for part in parts:
            names = self._take_chords(part)
            musics.append(_music(part))
            sections.append(self._section(part, musics[-1], names))
        first = musics[0]
        if not any(part.notes for part in sections):
            raise ValueError("there is no note in it.")
        order = counted_order(self.order.split(), sections) if self.order else self._played(sections)
        found = song(self.title or self.name, sections, order, self.left_out, first.pickup_beats,
                     Facts(**self.facts, language=self.language), tonic=first.tonic, mode=first.mode,
                     tempo_bpm=next((music.tempo_bpm for music in musics if music.tempo_bpm), None), meter=first.meter)
        return replace(found, notes_left_out=(*found.notes_left_out, *self._misfits(found, sections, musics)))

    def _misfits(self, found: Song, sections: Sequence[Section], musics: Sequence[Music]) -> Iterator[str]:
        """Sentences about sections whose first bar line is no bar line of the song."""
        bar = Fraction(4 * found.meter[0], found.meter[1])
        pickups = {part.name: music.pickup_beats for part, music in zip(sections, musics, strict=True)}
        if any(music.meter != found.meter for music in musics):
            yield "The meter changes; bars are counted in the first one."
        for name in dict.fromkeys(turn.section for turn in found.order):
            place = next(place for place in found.form if place.section.name == name)
            off = (Fraction(place.start) + pickups[name]) % bar
            if off:
                yield f"{name}: its first bar begins {float(off):g} beats behind a bar line of what comes before it."
        yield from found.off_the_bar

    # --- lines ---
    def _lines(self, text: str, first_line: int) -> None:
        in_body, language = False, ""
        for number, raw in enumerate(text.splitlines(), first_line):
            line = raw.strip()
            imm, found = _IMM.match(line), _FIELD.match(line)
            if imm:
                language = self._imm(imm[1].lower(), imm[2].strip(), in_body, language)
            elif not line:
                if in_body:
                    break
            elif line.startswith("%"):
                continue
            elif found and found[1] != "V":
                kind, value = found[1], re.sub(r"(?<!\\)%.*", "", found[2]).strip()
                if not in_body:
                    in_body = self._head(kind, value, number)
                else:
                    language = self._field(kind, value, number, language)
            elif found is None and not in_body and "|" in line:
                self.left_out.append(f"line {number}: the tune begins without a key (K:); C was taken.")
                in_body = self._head("K", "C", number)
                self._music(self._cleaned(line, number), number)
            elif found and in_body:
                named = found[2].split()[:1]
                self.voice = self.voice or named
                self.in_voice = named == self.voice
            elif in_body and self.in_voice and not found:
                self._music(self._cleaned(line, number), number)
                language = ""

    def _imm(self, word: str, value: str, in_body: bool, language: str) -> str:
        if word == "language":
            if in_body and self.parts:
                return value
            self.language = value
        elif word == "order":
            self.order = value
        elif word in _FACTS:
            self.facts[word] = value
        return language

    def _head(self, kind: str, value: str, number: int) -> bool:
        """A field before the notes; True when they begin."""
        if kind == "T":
            self.title = self.title or value
        elif kind in _FACT_FIELDS:
            self.facts.setdefault(_FACT_FIELDS[kind], value)
        elif kind == "P":
            self.parts_played = value
        elif kind in "MLQKX" and self._usable(kind, value, number):
            self.head.append(f"{kind}:{value}")
        return kind == "K"

    def _usable(self, kind: str, value: str, number: int) -> bool:
        """Whether music21 can read a field; what it can't is left out."""
        pattern = _USABLE.get(kind)
        if pattern is None or pattern.fullmatch(value):
            return True
        self.left_out.append(f'line {number}: "{kind}:{plain(value)[:20]}" is not understood.')
        return False

    def _field(self, kind: str, value: str, number: int, language: str) -> str:
        """A field among the notes; returns the language of the next words."""
        if kind == "P":
            name = section_name(value)
            taken = [part.name for part in self.parts]
            while name in taken:
                name += "-2"
            self.parts.append(_Part(name, list(self.head)))
            return ""
        if kind in "MLQK" and self._usable(kind, value, number):
            if self.parts and self.parts[-1].rows:
                self.parts[-1].rows.append(_Row(f"{kind}:{value}", number))
            self.head.append(f"{kind}:{value}")
            if self.parts and not self.parts[-1].rows:
                self.parts[-1].head = list(self.head)
        elif kind == "w":
            rows = [row for part in self.parts[-1:] for row in part.rows]
            if rows:
                rows[-1].words.append((language or self.language, value, number))
            else:
                self.left_out.append(f"line {number}: there are no notes for these words.")
        elif kind == "+":
            rows = [row for part in self.parts[-1:] for row in part.rows if row.words]
            if rows:
                before = rows[-1].words[-1]
                rows[-1].words[-1] = (before[0], f"{before[1]} {value}", before[2])
        elif kind == "W" and value:
            self.left_out.append(f"line {number}: words that stand below the tune (W:) have no notes and were left out.")
        return language

    def _cleaned(self, line: str, number: int) -> str:
        """A line of music without what music21 would take for notes."""
        music = re.sub(r"![^!]*!|\+[^+]*\+", "", re.sub(r"(?<!\\)%.*", "", line))
        if music.count('"') % 2:
            self.left_out.append(f'line {number}: a sign " is missing.')
            before, _, after = music.rpartition('"')
            music = before + re.sub(r"^[^\s|]*", "", after)
        pieces = _KEPT.findall(music)
        return _LOOSE.sub("", "".join(piece for piece in pieces if piece[0] != "y"))

    def _music(self, line: str, number: int) -> None:
        if not self.parts:
            self.parts.append(_Part("verse", list(self.head)))
        part = self.parts[-1]
        if part.rows and part.rows[-1].music.endswith("\\") and not part.rows[-1].words:
            part.rows[-1].music = part.rows[-1].music[:-1] + line
        else:
            part.rows.append(_Row(line, number))

    # --- sections ---
    def _take_chords(self, part: _Part) -> list[str | None]:
        """Names of the part's chords; in its music each becomes one that music21 surely knows."""
        names: list[str | None] = []

        for row in part.rows:
            def taken(found: re.Match[str], line: int = row.line) -> str:
                here = self._chords_among(re.findall(r'"([^"]*)"', found[0]), line)
                names.extend(here[-1:])
                return '"C"' if here else ""

            row.music = re.sub(r'(?:"[^"]*"\s*)+', taken, row.music)
        return names

    def _chords_among(self, texts: Sequence[str], line: int) -> list[str]:
        """Names of chords among texts above the notes."""
        found = []
        for text in map(str.strip, texts):
            name = clean_chord(text) if text and text[0] not in "^_<>@" else None
            if name is not None:
                found.append(name)
            elif text and text[0] not in "^_<>@":
                self.left_out.append(f'line {line}: "{plain(text)[:20]}" is no chord that is known here.')
        return found

    def _section(self, part: _Part, music: Music, names: Sequence[str | None]) -> Section:
        places = [_places(row.music) for row in part.rows]
        count = sum(place == "note" for row in places for place in row)
        words: list[Words] = []
        if any(row.words for row in part.rows):
            if count == len(music.written):
                words = list(self._words(part, music, places))
            else:
                self.left_out.append(f"line {part.rows[0].line}: {count} notes stand there and {len(music.written)} could be "
                                     "read, so their words were left out.")
        chords = changes(music, names) if len(names) == len(music.symbols) else []
        if len(names) != len(music.symbols):
            self.left_out.append(f"line {part.rows[0].line}: its chords could not be read.")
        kind = kind_of(part.name)
        return section(part.name, "verse" if kind == "other" and len(self.parts) == 1 else kind, music.beats, music.notes,
                       chords, words)

    def _words(self, part: _Part, music: Music, places: Sequence[Sequence[str]]) -> Iterator[Words]:
        """Verses in each language: syllables on the notes of each row, each time they are sung."""
        times: dict[int, int] = {}
        for sung in music.sung:
            times[sung.number] = max(times.get(sung.number, 0), sung.time + 1)
        rows: list[_SungRow] = []
        row_of: list[int] = []  # number of the row of each note
        for row, row_places in zip(part.rows, places, strict=True):
            first, count = len(row_of), row_places.count("note")
            rows.append(_SungRow(max((times.get(note, 1) for note in range(first, first + count)), default=1)))
            row_of += [len(rows) - 1] * count
            for language, text, line in row.words:
                found, lost = _align(signs(re.sub(r"^\d+\.[~\s]*", "", text)), row_places)
                if lost:
                    self.left_out.append(f"line {line}: it has {lost} more syllables than notes; the last were left out.")
                if found:
                    last = max(found)
                    rows[-1].lines.setdefault(language, []).append({
                        first + note: (sign, note == last) for note, sign in found.items()})
        for language in dict.fromkeys(language for sung_row in rows for language in sung_row.lines):
            for verse in range(max(row.verses(language) for row in rows)):
                syllables = []
                for start, note, time in music.sung:
                    sign, last = rows[row_of[note]].line(language, verse, time).get(note, (None, False))
                    if sign:
                        syllables.append(Syllable(start, sign.text, sign.joined, last))
                yield Words(tuple(syllables), verse + 1, language)

    def _played(self, sections: Sequence[Section]) -> tuple[Turn, ...]:
        """Order of `P:AABB` or `P:A2(BC)3` in the head."""
        text = self.parts_played.replace(".", "").replace(" ", "")
        for _ in range(8):
            text = re.sub(r"\(([A-Z]*)\)(\d?)", lambda found: found[1] * int(found[2] or 1), text)
            text = re.sub(r"([A-Z])(\d)", lambda found: found[1] * int(found[2]), text)
            if len(text) > 1000:
                break
        return counted_order(text[:256].lower(), sections) if text.isalpha() else ()


@dataclass
class _SungRow:
    """Lines of words under a line of music: for each language, syllable and whether it is the last, by number of the note."""

    times: int
    lines: dict[str, list[dict[int, tuple[Sign, bool]]]] = field(default_factory=dict)

    def _own(self, count: int) -> bool:
        """Whether each time has a line of its own."""
        return self.times > 1 and count > 1 and count % self.times == 0

    def verses(self, language: str) -> int:
        """How many verses the lines are."""
        count = len(self.lines.get(language, ()))
        return count // self.times if self._own(count) else count

    def line(self, language: str, verse: int, time: int) -> dict[int, tuple[Sign, bool]]:
        """The line of a verse; a single one is sung in all of them."""
        lines = self.lines.get(language, [])
        number = verse * self.times + time if self._own(len(lines)) else 0 if len(lines) == 1 else verse
        return lines[number] if number < len(lines) else {}


def _places(music: str) -> list[str]:
    """Notes and bar lines of a line of music, in their order."""
    if _FIELD.match(music):
        return []
    found = []
    for place in _PLACE.finditer(_NO_NOTES.sub(" ", music)):
        if place["bar"]:
            found.append("bar")
        elif place["rest"] is None and (place["note"] or any(sign in "ABCDEFGabcdefg" for sign in place[0])):
            found.append("note")
    return found


def _align(words: Iterator[Sign], places: Sequence[str]) -> tuple[dict[int, Sign], int]:
    """Syllables on the notes of a line, and how many found none."""
    count = 0
    bars = []  # number of the note after each bar line
    for place in places:
        if place == "note":
            count += 1
        else:
            bars.append(count)
    found: dict[int, Sign] = {}
    now, lost = 0, 0
    for sign in words:
        if sign.sign == BAR:
            now = next((bar for bar in bars if bar > now or (bar == now and now)), count) if now else now
        elif now >= count:
            lost += sign.sign != HOLD
        else:
            if sign.sign != HOLD:
                found[now] = sign
            now += 1
    return found, lost


def _usual_length(fields: Sequence[str]) -> list[str]:
    """The length of a plain note where nobody says it (ABC 2.1, 3.1.7)."""
    if any(line.startswith("L:") for line in fields):
        return []
    meter = next((re.fullmatch(r"M:(\d+)/(\d+)", line) for line in fields if line.startswith("M:")), None)
    return ["L:1/16" if meter and int(meter[1]) / int(meter[2]) < 0.75 else "L:1/8"]


def _music(part: _Part) -> Music:
    """The notes of a section, read by music21."""
    from music21 import abcFormat, converter, stream

    rows = [row.music.replace("\\", "") if not _FIELD.match(row.music) else row.music for row in part.rows]
    fields = [line for line in part.head if not line.startswith("X:")]
    text = "\n".join(["X:1", *_usual_length(fields), *fields, *rows, ""])

    def has_bars(handler: Any) -> bool:
        return any(isinstance(token, abcFormat.ABCBar) for token in handler.tokens)

    def parse() -> Any:
        # music21 keeps bars, and with them repeats, only where there are two plain bar lines; and :|: it does not know
        with mock.patch.object(abcFormat.ABCHandler, "definesMeasures", has_bars):
            parsed: Any = converter.parseData(re.sub(r":\|+:", "::", text), format="abc")
        score = parsed.scores[0] if isinstance(parsed, stream.Opus) else parsed
        return score.parts[0] if score.parts else score

    return read_music(parse, "ABC notation")
