"""Leading a song: from words to events about its form, how it starts, and whom the beat follows."""
from ..kernels.engine.events import FOLLOW, FORM
from ..kernels.music.form import ANYBODY, AT_ONCE, BY_NOTE, BY_SINGING, BY_TAPS, NEXT_BAR, NEXT_BEAT, VAMP
from ..kernels.music.terms import (
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
    THE_SLOWEST,
)
from .harmony import Event
from .song import KINDS, Song

#: How a song starts: the machine counts, somebody taps, somebody's first note, or a choir that sings.
STARTS = ("count", "taps", "note", "singing")
#: Whom the beat follows, other than one place.
FOLLOWED = {"everybody": EVERYBODY, "slowest": THE_SLOWEST, "nobody": None}
#: A group may take a song so much slower or faster than it is printed.
SLOWEST_SHARE, FASTEST_SHARE = 0.6, 1.6
#: The last bar of a song that is ended together slows down to this share of its tempo.
LAST_BAR_SHARE = 0.7
USUAL_BPM = 100.0


def form_events(song: Song) -> list[Event]:
    """Describe the whole song, repeats written out."""
    form = song.form
    lengths = [place.beats for place in form]
    lengths[0] -= float(song.pickup_beats)
    return [
        (FORM, 0, FORM_CLEAR, song.meter_beats, song.pulse_beats),
        (FORM, 0, FORM_PICKUP, 0.0, float(song.pickup_beats)),
        *((FORM, KINDS.index(place.section.kind), FORM_SECTION, 0.0, beats)
          for place, beats in zip(form, lengths, strict=True) if beats > 0.0),
    ]


def count_pulses(song: Song) -> int:
    """How many pulses the machine counts before the first whole bar: at least a bar, and two where bars are short.

    A cue should come a full bar or 2 s ahead (reaction times: five-year-olds need half a second alone).
    """
    bar = max(round(song.meter_beats / song.pulse_beats), 1)
    bars = 1
    while bars * bar < 4 or bars * song.meter_beats - float(song.pickup_beats) < song.meter_beats - 1e-6:
        bars += 1
    return bars * bar


def start_events(song: Song, how: str, player: int | None = None) -> list[Event]:
    """Let the song begin: `how` is one of STARTS, `player` the place that leads (None: anybody)."""
    who = ANYBODY if player is None else player
    if how == "taps":
        bar = round(song.meter_beats / song.pulse_beats)
        return [(FORM, who, FORM_ARM, float(BY_TAPS), float(min(max(bar, 2), 8)))]
    if how == "note":
        return [(FORM, who, FORM_ARM, float(BY_NOTE), 0.0)]
    if how == "singing":
        return [(FORM, who, FORM_ARM, float(BY_SINGING), 0.0)]
    return [(FORM, 0, FORM_GO, float(NEXT_BEAT), float(count_pulses(song)))]


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


def again_events(again: bool) -> list[Event]:
    """From the end back to the beginning."""
    return [(FORM, 0, FORM_AGAIN, 0.0, float(again))]


def tap_events() -> list[Event]:
    """The facilitator taps the beat."""
    return [(FOLLOW, 0, FOLLOW_TAP, 0.0, 0.0)]


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
    printed = tempo_bpm or USUAL_BPM
    slowest, fastest = max(printed * SLOWEST_SHARE, 20.0), min(printed * FASTEST_SHARE, 300.0)
    return [
        *([(FOLLOW, 0, FOLLOW_RANGE, slowest, fastest)] if tempo_bpm else []),
        (FOLLOW, EVERYBODY if who is None else who, FOLLOW_WHO, 0.0, 0.0),
        (FOLLOW, 0, FOLLOW_AMOUNT, 0.0, 0.0 if who is None else percent / 100.0),
    ]
