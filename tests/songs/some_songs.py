"""Songs made by hypothesis."""
from fractions import Fraction

from hypothesis import strategies as st

from imm_audio.songs.making import section, song
from imm_audio.songs.names import KINDS
from imm_audio.songs.song import ChordChange, Facts, Note, Syllable, Turn, Words

LENGTHS = [Fraction(n) for n in ("1/4", "1/3", "1/2", "2/3", "1", "3/2", "2", "3")]
CHORDS = st.sampled_from(["", "C", "Am7", "F#dim", "Bb", "C/E", "G7", "Dsus4"])
TEXTS = st.text(min_size=1, max_size=6) | st.sampled_from(
    ["la", "o'er", "to-day", "_", "*", "ich ~", "歌", "a|b", "#", "\\", "§%"])


@st.composite
def _words(draw, notes, beats, verse, language):
    """Syllables on notes, or anywhere."""
    starts = [note.start for note in notes] if draw(st.booleans()) else [beats * n / 16 for n in range(16)]
    kept = sorted(draw(st.lists(st.sampled_from(starts), unique=True))) if starts else []
    syllables = [Syllable(start, draw(TEXTS), draw(st.booleans()), draw(st.booleans())) for start in kept]
    return Words(tuple(syllables), verse, language)


@st.composite
def _sections(draw, name):
    line, now = [], Fraction(0)
    for key, beats in draw(st.lists(st.tuples(st.none() | st.integers(36, 96), st.sampled_from(LENGTHS)), max_size=12)):
        if key is not None:
            line.append(Note(now, beats, key))
        now += beats
    beats = now or Fraction(4)
    chords = [ChordChange(beats * n / 8, draw(CHORDS)) for n in draw(st.lists(st.integers(0, 7), max_size=5, unique=True))]
    words = [draw(_words(line, beats, verse, language)) for verse in range(1, draw(st.integers(0, 3)) + 1)
             for language in draw(st.lists(st.sampled_from(["en", "de", "zh-hant"]), max_size=2, unique=True))]
    return section(name, draw(st.sampled_from(KINDS)), beats, line, chords, words)


@st.composite
def songs(draw):
    """Any sound song."""
    sections = [draw(_sections(name)) for name in draw(st.lists(
        st.sampled_from(["verse", "chorus", "bridge-2", "2", "Überleitung", "part"]), min_size=1, max_size=4, unique=True))]
    if not any(part.notes or part.chords or part.words for part in sections):
        sections.append(section("last", "ending", 4, [Note(Fraction(0), Fraction(1), 60)]))
    order = draw(st.lists(st.builds(Turn, st.sampled_from([part.name for part in sections]), st.integers(1, 3)), max_size=8))
    facts = Facts(*(draw(st.text(max_size=8)) for _ in range(8)), draw(st.sampled_from(["", "en", "de"])))
    return song(draw(st.text(max_size=12)), sections, order, pickup_beats=draw(st.sampled_from([0, 1, Fraction(1, 2)])),
                facts=facts, tonic=draw(st.none() | st.integers(0, 11)),
                mode=draw(st.sampled_from([None, "major", "minor", "rast"])),
                tempo_bpm=draw(st.none() | st.floats(20, 300)), meter=draw(st.sampled_from([(4, 4), (3, 4), (6, 8), (7, 8)])))
