"""ChordPro files read: our own, which hold everything, and other people's, which hold words and chords.

What ChordPro lacks stands in directives that other programs pass over:
- in the head `{x_imm_kind: lullaby}`, and so `origin`, `source`, `style`, `language`, `mode`, `pickup` (beats), `order` (names
  of sections as they are sung, `verse=2` for a certain verse; without it sections are sung as they stand in the file);
- in a section `{x_imm_section: verse}` its name, `{x_imm_as: verse 2}` other words to the music of that section,
  `{x_imm_not_sung}`; `{x_imm_melody: ...}` notes and chords, `{x_imm_words: ...}` syllables of the line below it where they
  can't be seen from the line itself (both: notation.py), `{x_imm_at: 0 1 3/2}` beats of these syllables where notes don't say
  them;
- a section `{start_of_verse-de}` has the words in another language (ChordPro's selector: other programs leave it out).

A song without melody says nothing about time, so its bars are guessed (guessed_bars.py).
"""
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from .guessed_bars import CHORD, LONGEST_BEATS, Item, Part, Stretch, guess, make_room, number_of
from .making import counted_order, song
from .names import kind_of, parse_key, plain, section_name, usable_meter
from .notation import HOLD, MelodyReader, signs
from .song import Facts, Song, Syllable, Turn, Words
from .text import decode, read_bytes

MOST_BYTES = 2_000_000
MOST_LINES = 4000
MOST_SIGNS = 4000  # of a line
MOST_SENTENCES = 20
_SHORT = {
    "t": "title", "st": "subtitle", "c": "comment", "ci": "comment", "comment_italic": "comment", "highlight": "comment",
    "soc": "start_of_chorus", "eoc": "end_of_chorus", "sov": "start_of_verse", "eov": "end_of_verse", "sob": "start_of_bridge",
    "eob": "end_of_bridge", "sot": "start_of_tab", "eot": "end_of_tab", "sog": "start_of_grid", "eog": "end_of_grid",
    "ns": "new_song", "cb": "comment",
}
_FACTS = {"composer": "composer", "lyricist": "lyricist", "year": "year", "copyright": "copyright", "x_imm_kind": "kind",
          "x_imm_origin": "origin", "x_imm_source": "source", "x_imm_style": "style", "x_imm_language": "language"}
#: Sections whose lines are no words: pictures, tablature, other notations.
_NO_WORDS = {"tab", "abc", "ly", "svg", "textblock", "musicxml", "strum"}
_DIRECTIVE = re.compile(r"(?P<name>[A-Za-z_]+)(?:-(?P<selector>[\w-]+)(?P<negated>!)?)?(?=[:\s]|$)")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9-]+)?")
_LABEL = re.compile(r'label\s*=\s*"([^"]*)"')


def read_chordpro(path: Path) -> Song:
    """Read a ChordPro file.  ValueError: one sentence, without the file's name."""
    return chordpro_song(decode(read_bytes(path, MOST_BYTES)), path.stem)


def chordpro_song(text: str, name: str = "Song") -> Song:
    """Read ChordPro; `name` is the title where none is given.  ValueError: one sentence."""
    return _Reader(name).read(text)


class _Reader:
    def __init__(self, name: str) -> None:
        self.title = name
        self.facts: dict[str, str] = {}
        self.key: tuple[int, str] | None = None
        self.mode: str | None = None
        self.tempo_bpm: float | None = None
        self.meter = (4, 4)
        self.pickup_beats: Fraction | None = None
        self.order = ""
        self.semitones = 0
        self.left_out: list[str] = []
        self.stretches: list[Stretch | str] = []  # a text: the name of what comes once more
        self.open: Stretch | None = None
        self.loose = False                         # the open stretch is a paragraph that nobody began
        self.skipped = ""                          # kind of section whose lines are passed over
        self.label = ""
        self.line = 0

    # --- lines ---
    def read(self, text: str) -> Song:
        lines = text.splitlines()
        if len(lines) > MOST_LINES:
            self._left(f"after {MOST_LINES} lines", "the rest was left out")
        for self.line, line in enumerate(lines[:MOST_LINES], 1):
            if len(line) > MOST_SIGNS:
                self._say(f"it has more than {MOST_SIGNS} signs and was left out")
                continue
            if line.startswith("#"):
                continue
            if line.lstrip().startswith("{"):
                if not self._directive(line.strip()):
                    break
            elif not self.skipped:
                self._lyric(line)
        if self.open and not self.loose:
            self._say(f"the {self.open.kind} that begins in line {self.open.line} does not end")
        self._close()
        return self._song()

    def _say(self, what: str) -> None:
        self._left(f"line {self.line}", what)

    def _left(self, where: str, what: str) -> None:
        if len(self.left_out) < MOST_SENTENCES:
            self.left_out.append(f"{where}: {what}.")

    def _directive(self, text: str) -> bool:
        """Read a line in curly brackets; False where the song ends."""
        inside = text[1:].removesuffix("}").strip()
        found = _DIRECTIVE.match(inside)
        if not found:
            self._say(f'"{plain(text)[:40]}" is no directive')
            return True
        if not text.endswith("}"):
            self._say("the bracket { is not closed")
        raw = inside[found.end():].strip().removeprefix(":").strip()
        name, value = found["name"].lower(), plain(raw)
        name, selector = _SHORT.get(name, name), (found["selector"] or "").lower()
        if self.skipped:
            if name == f"end_of_{self.skipped}":
                self.skipped = ""
        elif name.startswith("start_of_"):
            self._begin(name.removeprefix("start_of_"), value, "" if found["negated"] else selector)
        elif name.startswith("end_of_"):
            if self.open is None or self.loose:
                self._say(f"{{{name}}} ends what did not begin")
            else:
                self._close()
        elif selector and not found["negated"]:
            pass  # for somebody else
        elif name == "new_song":
            if self.open or self.stretches:
                self._say("another song begins here; the first one is read")
                return False
        elif name.startswith("x_imm_") and self._of_section(name.removeprefix("x_imm_"), value, raw):
            pass
        else:
            self._head(name, value)
        return True

    def _begin(self, kind: str, value: str, selector: str) -> None:
        if self.open and not self.loose:
            self._say(f"the {self.open.kind} that begins in line {self.open.line} does not end")
        self._close()
        label = _LABEL.search(value)
        value = label[1] if label else value
        if kind in _NO_WORDS or (selector and not _LANGUAGE.fullmatch(selector)):
            self.skipped = kind
            return
        kind_here = kind if kind in ("verse", "chorus", "bridge", "intro", "ending") else kind_of(kind)
        self.open = Stretch(kind_here, value or self.label, self.line, selector, grid=kind == "grid")
        self.label = ""

    def _close(self) -> None:
        if self.open and (self.open.items or self.open.named):
            self.stretches.append(self.open)
        self.open, self.loose = None, False

    def _of_section(self, name: str, value: str, raw: str) -> bool:
        """A directive that belongs to a section; False for others."""
        if name in ("melody", "words", "at", "beats"):
            self._into(name, raw if name == "words" else value)
        elif name in ("section", "as", "not_sung"):
            if self.open is None:
                self._say(f"{{x_imm_{name}}} stands outside a section")
            elif name == "not_sung":
                self.open.sung = False
            else:
                self.open.named = value
        else:
            return False
        return True

    def _into(self, what: str, text: str) -> None:
        if self.open is None:
            self.open, self.loose = Stretch(kind_of(self.label) if self.label else "verse", self.label, self.line), True
            self.label = ""
        self.open.items.append(Item(what, text, self.line))

    def _lyric(self, line: str) -> None:
        if line.strip():
            self._into("lyric", line)
        elif self.loose:
            self._close()

    def _head(self, name: str, value: str) -> None:
        if name == "meta":
            name, _, value = value.partition(" ")
        if name == "title":
            self.title = value or self.title
        elif name in _FACTS:
            self.facts.setdefault(_FACTS[name], value)
        elif name == "artist":
            self.facts.setdefault("composer", value)
        elif name == "key":
            self.key = parse_key(value)
            if value and not self.key:
                self._say(f'"{value}" is no key that is known here')
        elif name == "x_imm_mode":
            self.mode = value
        elif name == "x_imm_order":
            self.order = value
        elif name == "time":
            found = re.match(r"(\d{1,2})/(\d{1,2})", value)
            if found and usable_meter(int(found[1]), int(found[2])):
                self.meter = int(found[1]), int(found[2])
            else:
                self._say(f'"{value}" is no meter; 3/4 would be one')
        elif name in ("tempo", "x_imm_pickup", "capo", "transpose"):
            self._number(name, value)
        elif name == "chorus":
            self._close()
            self.stretches.append("chorus")
        elif name == "comment" and kind_of(value) != "other" and (self.open is None or self.loose):
            self._close()
            self.label = value

    def _number(self, name: str, value: str) -> None:
        number = number_of(value)
        if number is None:
            self._say(f'"{value[:20]}" is no number for {{{name}}}')
            return
        if name == "tempo":
            self.tempo_bpm = float(number)
        elif name == "x_imm_pickup" and 0 <= number <= LONGEST_BEATS:
            self.pickup_beats = number
        elif name in ("capo", "transpose") and abs(number) <= 24:
            self.semitones += int(number)  # the notes that sound are what matters here

    # --- sections ---
    def _song(self) -> Song:
        parts: dict[str, Part] = {}
        turns: list[Turn] = []
        words: list[tuple[Part, int, Stretch]] = []
        chorus: Turn | None = None
        bar = Fraction(4 * self.meter[0], self.meter[1])
        for stretch in self.stretches:
            if isinstance(stretch, str):
                if chorus:
                    turns.append(chorus)
                else:
                    self._left("{chorus}", "there is no chorus before it")
                continue
            if stretch.exact:
                turn: Turn | None = self._exact(stretch, parts, words)
            elif stretch.language:
                continue  # in another language, and nothing says to which notes
            else:
                turn = guess(stretch, parts, bar, self._left)
            if turn and stretch.sung and not stretch.language:
                turns.append(turn)
            if turn and stretch.kind == "chorus":
                chorus = turn
        for part, verse, stretch in words:
            self._set_words(part, verse, stretch)
        pickup = self.pickup_beats
        if pickup is None:
            pickup = Fraction(0) if any(part.melody for part in parts.values()) else make_room(parts.values())
        made = [part.made() for part in parts.values()]
        tonic, mode = self.key or (None, None)
        found = song(self.title, made, counted_order(self.order.split(), made) if self.order else turns, self.left_out,
                     pickup, Facts(**self.facts), tonic=tonic, mode=self.mode or mode, tempo_bpm=self.tempo_bpm,
                     meter=self.meter)
        return found.transposed(self.semitones) if self.semitones else found

    def _exact(self, stretch: Stretch, parts: dict[str, Part], words: list[tuple[Part, int, Stretch]]) -> Turn:
        named, _, number = (stretch.named or stretch.label or stretch.kind).rpartition(" ")
        if not number.isdecimal():
            named, number = f"{named} {number}", "1"
        name, verse = section_name(named), max(1, int(number[:3]))
        part = parts.setdefault(name, Part(name, stretch.kind))
        melody = [item for item in stretch.items if item.what == "melody"]
        if melody and not part.melody:
            part.melody = MelodyReader()
            for item in melody:
                for unknown in part.melody.read(item.text)[:3]:
                    self._left(f"line {item.line}", f"{unknown} is not known in a melody")
        words.append((part, verse, stretch))
        return Turn(name, verse)

    def _set_words(self, part: Part, verse: int, stretch: Stretch) -> None:
        """Syllables of a section of the file on the notes of its music."""
        notes = part.melody.notes if part.melody else []
        length = part.melody.beats if part.melody else part.beats
        syllables: list[Syllable] = []
        now, lost = 0, 0
        for text, at, line in self._lines_of_words(stretch):
            found = [sign for sign in signs(text) if sign.sign in ("", HOLD)]
            starts = self._beats_of(at, line) if at is not None else []
            row: list[Syllable] = []
            for sign in found:
                if at is not None and sign.sign != HOLD:
                    if starts:
                        row.append(Syllable(starts.pop(0), sign.text, sign.joined))
                    else:
                        lost += 1
                elif at is None and now < len(notes):
                    if sign.sign != HOLD:
                        row.append(Syllable(notes[now].start, sign.text, sign.joined))
                    now += 1
                elif at is None and sign.sign != HOLD:
                    lost += 1
            if row:
                syllables += [*row[:-1], row[-1]._replace(ends_line=True)]
        if lost:
            self._left(f"line {stretch.line}", f"{lost} more syllables than notes; the last were left out")
        if syllables:
            part.words.append(Words(tuple(s for s in syllables if s.start < length), verse, stretch.language))

    def _lines_of_words(self, stretch: Stretch) -> Iterator[tuple[str, str | None, int]]:
        """Text with its syllables, beats if they are told, and number of each line of words."""
        told: Item | None = None
        at: str | None = None
        for item in stretch.items:
            if item.what == "words":
                if told:
                    yield told.text, at, told.line
                    at = None
                told = item
            elif item.what == "at":
                if told:
                    yield told.text, at, told.line
                    told = None
                at = item.text
            elif item.what == "lyric":
                text = CHORD.sub("", item.text)
                if told and _letters("".join(s.text for s in signs(told.text))) != _letters(text):
                    self._left(f"line {item.line}", "the words are not those of {x_imm_words} above them, which were taken")
                yield (told.text, at, told.line) if told else (text, at, item.line)
                told, at = None, None
        if told:
            yield told.text, at, told.line

    def _beats_of(self, text: str, line: int) -> list[Fraction]:
        found = []
        for word in text.split():
            beat = number_of(word)
            if beat is None:
                self._left(f"line {line}", f'"{word[:20]}" is no beat')
            else:
                found.append(beat)
        return found


def _letters(text: str) -> str:
    """What two ways to write the same words have in common."""
    return "".join(sign for sign in text if sign.isalnum())
