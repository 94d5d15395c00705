"""Sound songs from what readers found: in order, without overlaps, each name once, never endless."""
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, replace
from fractions import Fraction

from ..settings import TEMPO_RANGE_BPM
from .names import language_name, plain, section_name, usable_meter
from .song import ChordChange, Facts, Note, Section, Song, Syllable, Turn, Words

#: A form of more is a mistake: at 60 beats a minute this lasts over two hours.
MOST_BEATS = 8192
MOST_TURNS = 256
Beats = Fraction | int


def _sorted(words: Iterable[Words], main: str) -> tuple[Words, ...]:
    """Verse after verse, in each the main language first and none twice."""
    named = [replace(w, language=language_name(w.language) or main) for w in words]
    found = {(w.verse, w.language != main, w.language): w for w in reversed(named)}
    return tuple(found[place] for place in sorted(found))


def tidy_words(syllables: Iterable[Syllable], beats: Fraction, verse: int = 1, language: str = "") -> Words:
    """Words as they must be: in order of time, inside the section, none empty, the last one ends its word and line."""
    kept: list[Syllable] = []
    for s in sorted(syllables, key=lambda s: s.start):
        text = plain(s.text)
        if text and 0 <= s.start < beats:
            kept.append(Syllable(Fraction(s.start), text, s.joined, s.ends_line))
        elif s.ends_line and kept:
            kept[-1] = kept[-1]._replace(ends_line=True)
    if kept:
        kept[-1] = kept[-1]._replace(joined=False, ends_line=True)
    return Words(tuple(kept), verse, language)


def section(name: str, kind: str, beats: Beats, notes: Iterable[Note] = (), chords: Iterable[ChordChange] = (),
            words: Iterable[Words] = ()) -> Section:
    """A sound section: notes one after the other, each chord once, words in their places; what has no length is gone."""
    length = Fraction(beats)
    line: list[Note] = []
    for note in sorted(notes):
        if line and line[-1].start + line[-1].beats > note.start:
            line[-1] = line[-1]._replace(beats=note.start - line[-1].start)
            if not line[-1].beats:
                line.pop()
        stop = min(Fraction(note.start + note.beats), length)
        if 0 <= note.start < stop and 0 <= note.key <= 127:
            line.append(Note(Fraction(note.start), stop - note.start, int(note.key)))
    changes: list[ChordChange] = []
    for change in sorted(chords, key=lambda change: change.start):
        if not 0 <= change.start < length:
            continue
        if changes and changes[-1].start == change.start:
            changes.pop()
        if not changes or changes[-1].name != change.name:
            changes.append(ChordChange(Fraction(change.start), change.name))
    tidied = [tidy_words(w.syllables, length, w.verse, w.language) for w in words]
    return Section(section_name(name), kind, length, tuple(line), tuple(changes), tuple(w for w in tidied if w.syllables))


def lines_by_sense(syllables: Sequence[Syllable], note_beats: Mapping[Fraction, Fraction]) -> tuple[Syllable, ...]:
    """Lines for words that have none: they end at signs of punctuation, at long notes, or when they grow too long.

    `note_beats`: how long the note at each start lasts.
    """
    found: list[Syllable] = []
    count = 0
    for s in syllables:
        count += 1
        long = note_beats.get(s.start, Fraction(0)) >= 2
        full = s.text[-1:] in ".;!?:" or (s.text[-1:] == "," and count >= 4) or (long and count >= 6) or count >= 14
        found.append(s._replace(ends_line=full and not s.joined))
        count = 0 if found[-1].ends_line else count
    return tuple(found)


def usual_order(sections: Sequence[Section]) -> tuple[Turn, ...]:
    """When nobody says: all sections in their order, again for each verse; intro and ending only once."""
    times = max((part.verses for part in sections), default=1) or 1
    order = []
    for turn in range(1, times + 1):
        for part in sections:
            if (part.kind == "intro" and turn > 1) or (part.kind == "ending" and turn < times):
                continue
            order.append(Turn(part.name, min(turn, max(part.verses, 1))))
    return tuple(order)


def counted_order(names: Iterable[str], sections: Sequence[Section]) -> tuple[Turn, ...]:
    """Turns of named sections: the second time a section comes it has its second verse; `verse=1` says which."""
    verses = {part.name: part.verses for part in sections}
    times: dict[str, int] = {}
    order = []
    for word in names:
        name, told, number = word.partition("=")
        if name in verses:
            times[name] = int(number) if told and number.isdecimal() else times.get(name, 0) + 1
            order.append(Turn(name, max(1, min(times[name], verses[name]))))
    return tuple(order)


def song(title: str, sections: Sequence[Section], order: Sequence[Turn] = (), left_out: Sequence[str] = (),
         pickup_beats: Beats = 0, facts: Facts | None = None, tonic: int | None = None, mode: str | None = None,
         tempo_bpm: float | None = None, meter: tuple[int, int] = (4, 4)) -> Song:
    """A sound song.  ValueError when there is nothing in it."""
    sections = [part for part in sections if part.beats > 0]
    if not any(part.notes or part.chords or part.words for part in sections):
        raise ValueError("there is no note, no chord and no word in it.")
    said = next((w.language for part in sections for w in part.words if w.language), "")
    facts = Facts(*(plain(fact) for fact in astuple(facts or Facts())))
    facts = replace(facts, language=language_name(facts.language or said))
    sections = [replace(part, words=_sorted(part.words, facts.language)) for part in sections]
    verses = {part.name: max(part.verses, 1) for part in sections}
    order = [Turn(name, max(1, min(verse, verses[name]))) for name, verse in order if name in verses]
    left, now = list(left_out), Fraction(0)
    turns: list[Turn] = []
    if tempo_bpm is not None and not TEMPO_RANGE_BPM[0] <= tempo_bpm <= TEMPO_RANGE_BPM[1]:
        left.append("a tempo of {:g} is not possible; {} to {} are.".format(tempo_bpm, *TEMPO_RANGE_BPM))
        tempo_bpm = None
    if not usable_meter(*meter):
        left.append("{}/{} is no meter that can be played; bars of 4/4 are counted.".format(*meter))
        meter = 4, 4
    for turn in order or usual_order(sections):
        now += next(part.beats for part in sections if part.name == turn.section)
        if len(turns) == MOST_TURNS or now > MOST_BEATS:
            left.append(f"with all repeats it has over {MOST_BEATS} beats or {MOST_TURNS} sections; the rest was left out.")
            break
        turns.append(turn)
    if not turns:
        raise ValueError(f"it is longer than {MOST_BEATS} beats.")
    first = next(part for part in sections if part.name == turns[0].section)
    return Song(title=plain(title) or "Song", facts=facts, sections=tuple(sections), order=tuple(turns),
                notes_left_out=tuple(dict.fromkeys(left)), pickup_beats=min(Fraction(pickup_beats), first.beats),
                tonic=tonic, mode=plain(mode or "") or (None if tonic is None else "major"), tempo_bpm=tempo_bpm, meter=meter)
