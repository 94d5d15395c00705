"""Leading a song: from words to events about its form, how it starts, and whom the beat follows."""
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..kernels.engine.events import FOLLOW, FORM, LOOPER
from ..kernels.music.terms import (
    ANYBODY,
    AT_ONCE,
    BY_NOTE,
    BY_SINGING,
    BY_TAPS,
    EVERYBODY,
    FOLLOW_AMOUNT,
    FOLLOW_RANGE,
    FOLLOW_TAP,
    FOLLOW_WHO,
    FORM_AGAIN,
    FORM_ARM,
    FORM_CLEAR,
    FORM_GO,
    FORM_HOLD,
    FORM_JUMP,
    FORM_PICKUP,
    FORM_SECTION,
    FORM_STOP,
    HOLD_CHORD,
    LOOPER_PRESS,
    NEXT_BAR,
    NEXT_BEAT,
    THE_SLOWEST,
    VAMP,
)
from .harmony import Chord, Event
from .names import KINDS
from .song import Place, Song

#: How a song starts: the machine counts, somebody taps, somebody's first note, or a choir that sings.
STARTS = ("count", "taps", "note", "singing")
#: Whom the beat follows, other than one place.
FOLLOWED = {"everybody": EVERYBODY, "slowest": THE_SLOWEST, "nobody": None}
#: A group may take a song so much slower or faster than it is printed.
SLOWEST_SHARE, FASTEST_SHARE = 0.6, 1.6
#: The last bar of a song that is ended together slows down to this share of its tempo.
LAST_BAR_SHARE = 0.7
FEWEST_COUNTED = 4


@dataclass(frozen=True)
class Form:
    """What the engine has to know of a song's way through its sections."""

    title: str
    sections: tuple[tuple[str, float], ...]  # kind, and beats from the first whole bar on
    meter_beats: float = 4.0
    pulse_beats: float = 1.0                 # what people tap
    pickup_beats: float = 0.0
    again: bool = False                      # from the end back to the beginning, until it is ended


def section_spans(song: Song) -> list[tuple[Place, float, float]]:
    """The sections as the engine numbers them: each with the place at which it begins, and its beats.

    A section begins with the first bar line in it: its pick-up belongs to the one before.  One without a bar line is none.
    """
    bar, end = song.meter_beats, song.form[-1].stop
    starts = [min(max(math.ceil(place.start / bar - 1e-6), 0) * bar, end) for place in song.form]
    lengths = [after - start for start, after in pairwise([*starts, end])]
    return [span for span in zip(song.form, starts, lengths, strict=True) if span[2] > 0.0]


def form_of_song(song: Song, again: bool = False) -> Form:
    """The whole song, repeats written out."""
    sections = tuple((place.section.kind, beats) for place, _, beats in section_spans(song))
    return Form(song.title, sections, song.meter_beats, song.pulse_beats, float(song.pickup_beats), again)


def form_of_chords(chords: Sequence[Chord], meter_beats: float) -> Form:
    """Chords that go round until they are ended."""
    return Form("Chords", (("verse", sum(chord.beats for chord in chords)),), meter_beats, again=True)


def form_events(form: Form) -> list[Event]:
    """Describe a form to the engine."""
    return [
        (FORM, 0, FORM_CLEAR, form.meter_beats, form.pulse_beats),
        (FORM, 0, FORM_PICKUP, 0.0, form.pickup_beats),
        *((FORM, KINDS.index(kind), FORM_SECTION, 0.0, beats) for kind, beats in form.sections),
        (FORM, 0, FORM_AGAIN, 0.0, float(form.again)),
    ]


def count_pulses(form: Form) -> int:
    """How many pulses the machine counts before the first whole bar: at least a bar, and two where bars are short.

    A cue should come a full bar or 2 s ahead (reaction times: five-year-olds need half a second alone).
    """
    bar = max(round(form.meter_beats / form.pulse_beats), 1)
    bars = max(math.ceil(FEWEST_COUNTED / bar), 2 if form.pickup_beats > 0.0 else 1)
    return bars * bar


def start_events(form: Form, how: str, player: int | None = None) -> list[Event]:
    """Let the song begin: `how` is one of STARTS, `player` the place that leads (None: anybody)."""
    who = ANYBODY if player is None else player
    if how == "taps":
        bar = round(form.meter_beats / form.pulse_beats)
        return [(FORM, who, FORM_ARM, float(BY_TAPS), float(min(max(bar, 2), 8)))]
    if how == "note":
        return [(FORM, who, FORM_ARM, float(BY_NOTE), 0.0)]
    if how == "singing":
        return [(FORM, who, FORM_ARM, float(BY_SINGING), 0.0)]
    return [(FORM, 0, FORM_GO, float(NEXT_BEAT), float(count_pulses(form)))]


def resume_events(place: float) -> list[Event]:
    """Go on at a place without a count: after the engine had to be started again."""
    return [(FORM, 0, FORM_GO, float(AT_ONCE), 0.0), (FORM, 0, FORM_JUMP, float(AT_ONCE), place)]


def jump_events(place: float) -> list[Event]:
    """Go to a place with the next bar."""
    return [(FORM, 0, FORM_JUMP, float(NEXT_BAR), place)]


def end_events() -> list[Event]:
    """End together with the bar, slower and slower."""
    return [(FORM, 0, FORM_STOP, LAST_BAR_SHARE, float(NEXT_BAR))]


def wait_events(wait: bool) -> list[Event]:
    """Go round the present bar until somebody lets it go on; or go on with the next bar."""
    return [(FORM, ANYBODY, FORM_HOLD, float(VAMP), float(wait))]


def hold_events(player: int | None = None) -> list[Event]:
    """Hold the present chord until `player` (None: anybody) touches something: that moment is the next beat."""
    return [(FORM, ANYBODY if player is None else player, FORM_HOLD, float(HOLD_CHORD), 1.0)]


def tap_events() -> list[Event]:
    """The facilitator taps the beat."""
    return [(FOLLOW, 0, FOLLOW_TAP, 0.0, 0.0)]


def phrase_events(player: int) -> list[Event]:
    """One switch for a phrase: the first press begins to keep what `player` plays, the next lets it go round."""
    return [(LOOPER, player, LOOPER_PRESS, 0.0, 0.0)]


def parse_follow(text: str) -> int | None:
    """everybody, slowest, nobody, or a place 1 .. 16 -> player of FOLLOW events, None for nobody.  ValueError: one sentence."""
    if text in FOLLOWED:
        return FOLLOWED[text]
    if text.strip().isdecimal() and 1 <= int(text) <= 16:
        return int(text) - 1
    raise ValueError(f'--follow: "{text}": everybody, slowest, nobody, or a place from 1 to 16 is possible.')


def follow_events(text: str, percent: float, tempo_bpm: float | None = None) -> list[Event]:
    """Whom the beat follows and how much; with a printed tempo it stays near it."""
    who = parse_follow(text)
    near: list[Event] = []
    if tempo_bpm:
        near = [(FOLLOW, 0, FOLLOW_RANGE, max(tempo_bpm * SLOWEST_SHARE, 20.0), min(tempo_bpm * FASTEST_SHARE, 300.0))]
    return [
        *near,
        (FOLLOW, EVERYBODY if who is None else who, FOLLOW_WHO, 0.0, 0.0),
        *follow_amount_events(0.0 if who is None else percent),
    ]


def follow_amount_events(percent: float) -> list[Event]:
    """How much the beat follows, 0 .. 100."""
    return [(FOLLOW, 0, FOLLOW_AMOUNT, 0.0, percent / 100.0)]
