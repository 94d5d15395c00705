"""Songs written as ChordPro: a songbook page for other programs, and everything we know for ours (see chordpro.py)."""
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from .making import counted_order
from .names import MODE_SUFFIXES, key_name
from .notation import holds_before, signs, spelling, write_melody, write_words
from .song import Section, Song, Syllable, Turn, Words, rows


def write_chordpro(song: Song, path: Path) -> None:
    """Write a song as a ChordPro file."""
    path.write_text(chordpro_text(song), encoding="utf-8", newline="\n")


def chordpro_text(song: Song) -> str:
    """A song as ChordPro; `chordpro_song` reads the same song back."""
    return "\n".join([*_head(song), *_Writer(song).lines()]) + "\n"


def _head(song: Song) -> Iterator[str]:
    facts = song.facts
    told = {
        "title": song.title, "composer": facts.composer, "lyricist": facts.lyricist, "year": facts.year,
        "copyright": facts.copyright, "key": "" if song.tonic is None else key_name(song.tonic, song.mode),
        "tempo": "" if song.tempo_bpm is None else repr(song.tempo_bpm).removesuffix(".0"),
        "time": "{}/{}".format(*song.meter),
        "x_imm_mode": "" if song.tonic is not None and song.mode in MODE_SUFFIXES else song.mode or "",
        "x_imm_kind": facts.kind, "x_imm_origin": facts.origin, "x_imm_source": facts.source,
        "x_imm_style": facts.style, "x_imm_language": facts.language,
        "x_imm_pickup": str(song.pickup_beats) if song.pickup_beats else "",
    }
    yield from (f"{{{name}: {value}}}" for name, value in told.items() if value)


class _Writer:
    def __init__(self, song: Song) -> None:
        self.song = song
        self.bar = Fraction(4 * song.meter[0], song.meter[1])
        self.names = spelling(song.tonic, song.mode)
        self.parts = {part.name: part for part in song.sections}
        self.first: dict[str, Fraction] = {}  # first bar line of each section, from its beginning
        now = -song.pickup_beats
        for turn in song.order:
            self.first.setdefault(turn.section, -now % self.bar)
            now += self.parts[turn.section].beats
        self.written: set[str] = set()
        self.turns: set[Turn] = set()
        self.chorus: Turn | None = None

    def lines(self) -> Iterator[str]:
        sung = list(self.song.order)
        if [*dict.fromkeys(turn.section for turn in sung)] != [part.name for part in self.song.sections]:
            # sections stand in their own order: written one after the other, the order told in words
            yield "{x_imm_order: " + " ".join(self._order()) + "}"
            sung = [Turn(part.name, verse) for part in self.song.sections for verse in range(1, max(part.verses, 1) + 1)]
        for turn in sung:
            yield from self._turn(turn, True)
        for part in self.song.sections:
            for verse in range(1, part.verses + 1):
                if Turn(part.name, verse) not in self.turns and part.words_of(verse):
                    yield from self._turn(Turn(part.name, verse), False)

    def _order(self) -> list[str]:
        """Names of the sections as they are sung, with the verse where counting would give another."""
        plain = [turn.section for turn in self.song.order]
        if counted_order(plain, self.song.sections) == self.song.order:
            return plain
        return [f"{turn.section}={turn.verse}" for turn in self.song.order]

    def _turn(self, turn: Turn, sung: bool) -> Iterator[str]:
        part = self.parts[turn.section]
        again = turn in self.turns
        self.turns.add(turn)
        yield ""
        if again and part.kind == "chorus" and self.chorus == turn:
            yield "{chorus}"
            return
        if part.kind == "chorus":
            self.chorus = turn
        label = part.name.replace("-", " ").capitalize() + (f" {turn.verse}" if part.verses > 1 else "")
        for language in dict.fromkeys([self.song.facts.language, *(w.language for w in part.words if w.verse == turn.verse)]):
            main = language == self.song.facts.language
            if not main and again:
                continue
            words = next((w for w in part.words if w.verse == turn.verse and w.language == language), None)
            selector = "" if main else f"-{language}"
            if not main:
                yield ""
            environment = ("part" if part.kind == "other" else part.kind) + selector
            yield f"{{start_of_{environment}: {label}}}"
            number = "" if turn.verse == 1 and not part.name[-1:].isdecimal() else f" {turn.verse}"
            yield f"{{x_imm_{'as' if part.name in self.written else 'section'}: {part.name}{number}}}"
            if not sung:
                yield "{x_imm_not_sung}"
            yield from self._body(part, words, part.name not in self.written)
            yield f"{{end_of_{environment}}}"
            self.written.add(part.name)

    def _body(self, part: Section, words: Words | None, with_melody: bool) -> Iterator[str]:
        lines = list(rows(words.syllables)) if words else []
        starts = [line[0].start for line in lines]
        if starts:
            starts[0] = Fraction(0)
        else:
            step = 4 * self.bar
            first = self.first.get(part.name, Fraction(0))
            starts = [Fraction(0), *(first + step * n for n in range(1, int((part.beats - first) / step) + 1))]
            starts = [start for start in starts if start < part.beats]
        held = holds_before(words.syllables, part.notes) if words else []
        at = 0
        for number, (start, stop) in enumerate(zip(starts, [*starts[1:], part.beats], strict=True)):
            if with_melody and stop > start:
                text = write_melody(part, start, stop, self.bar, self.first.get(part.name, Fraction(0)), self.names)
                yield f"{{x_imm_melody: {text}}}"
            if not lines:
                continue
            row = lines[number]
            chords = [(change.start, change.name) for change in part.chords if start <= change.start < stop]
            shown = _shown(row, chords)
            if held is None:
                yield "{x_imm_at: " + " ".join(str(s.start) for s in row) + "}"
            holds = held[at:at + len(row)] if held is not None else [0] * len(row)
            at += len(row)
            if number:
                holds[0] = 0  # they stand behind the line before, which has their notes
            behind = held[at] if held is not None and at < len(held) else 0
            told = write_words(row, holds, behind)
            if not _says(_shown(row, ()), told):
                yield f"{{x_imm_words: {told}}}"
            yield shown


def _says(line: str, told: str) -> bool:
    """Whether the plain line has the same syllables, and can't be taken for anything else."""
    return line == told and list(signs(line)) == list(signs(told))


def _shown(row: tuple[Syllable, ...], chords: list[tuple[Fraction, str]] | tuple[()]) -> str:
    """A line of words with its chords in brackets, as songbooks have it."""
    text, waiting = "", list(chords)
    for s in row:
        while waiting and waiting[0][0] <= s.start:
            text += f"[{waiting.pop(0)[1] or 'N.C.'}]"
        text += s.text + ("" if s.joined else " ")
    line = text.rstrip() + "".join(f" [{name or 'N.C.'}]" for _, name in waiting)
    return f" {line}" if line.startswith("#") else line  # else it would be a comment
