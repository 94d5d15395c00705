"""The band: styles -> events for the engine."""
from collections.abc import Iterator

from .catalog.help import Event
from .catalog.keys import key_of
from .catalog.style import PARTS, Style, StylePattern, meter_of
from .catalog.voices import DRUM_KIT, VOICES
from .kernels.effects.strip import GAIN_DB, PAN, SEND_DB
from .kernels.engine.events import BAND, STRIP
from .kernels.engine.state import MICROPHONES
from .kernels.music.terms import (
    BAND_CLEAR,
    BAND_ENERGY,
    BAND_ENERGY_RANGE,
    BAND_FEEL,
    BAND_FILL,
    BAND_GO,
    BAND_MUTE,
    BAND_NOTE,
    BAND_PATTERN,
    BAND_RANGE,
    BAND_SHAPE,
    BAND_SIZE,
    BAND_SOFTEN,
    BAND_SOUND,
    BAND_TIMES,
)
from .kernels.voices.part import BAND_BASS

#: When a style begins: on the next bar, or at once.
NEXT_BAR, AT_ONCE = 1, 2
#: Gain of the band's strips as the engine starts them (kernels/engine/mixer.py).
GAIN_AT_START_DB = -12.0
SEATS = {part: BAND_BASS + number for number, part in enumerate(PARTS)}


def fits(style: Style, meter: str) -> bool:
    """Whether the style can be played in a meter like "3/4"."""
    return meter in style.meters


def band_events(style: Style, meter: str, when: int = NEXT_BAR) -> list[Event]:
    """What to say so that the band plays `style` in a song of that meter.  ValueError when it does not fit: one sentence."""
    if not fits(style, meter):
        raise ValueError(f'The style "{style.name}" is for {" and ".join(style.meters)}; the song is in {meter}.')
    bar, pulse = meter_of(meter)
    events: list[Event] = [
        (BAND, 0, BAND_CLEAR, pulse, 0.0), (BAND, 0, BAND_FEEL, style.looseness_ms / 1000.0, float(style.waits == "vamp"))]
    for part, seat in SEATS.items():
        events += _seat(style, part, seat)
    for pattern in style.patterns(meter):
        events += _pattern(style, pattern, bar, pulse)
    return [*events, (BAND, 0, BAND_GO, 0.0, float(when))]


def band_energy(energy: float, follow: float) -> list[Event]:
    """The energy that is set, and how much the group's own counts instead; both 0 .. 1."""
    return [(BAND, 0, BAND_ENERGY, follow, energy)]


def band_soften(amount: float) -> list[Event]:
    """Softer and sparser, 0 .. 1."""
    return [(BAND, 0, BAND_SOFTEN, 0.0, amount)]


def band_mute(part: str, mute: bool) -> list[Event]:
    """Let bass, chords, drums or ornament be silent, or not."""
    return [(BAND, SEATS[part], BAND_MUTE, 0.0, float(mute))]


def band_fill() -> list[Event]:
    """A fill at the end of the next bar that begins."""
    return [(BAND, 0, BAND_FILL, 0.0, 0.0)]


def _seat(style: Style, part: str, seat: int) -> Iterator[Event]:
    player = getattr(style, part)
    if player is None:
        return
    voice = DRUM_KIT if part == "drums" else player.voice
    model, program = VOICES[voice]
    yield BAND, seat, BAND_SOUND, float(model), float(program)
    if part != "drums":
        yield BAND, seat, BAND_RANGE, float(key_of(player.low)), float(key_of(player.high))
        yield BAND, seat, BAND_SIZE, 0.0, float(player.size)
    strip = MICROPHONES + seat
    yield STRIP, strip, GAIN_DB, 0.0, GAIN_AT_START_DB + player.volume_db
    yield STRIP, strip, PAN, 0.0, player.pan
    yield STRIP, strip, SEND_DB, 0.0, player.reverb_db


def _pattern(style: Style, pattern: StylePattern, bar: float, pulse: float) -> Iterator[Event]:
    yield BAND, SEATS[pattern.part], BAND_PATTERN, float(BAND_TIMES.index(pattern.when)), pattern.length(bar)
    low, high = pattern.energy
    yield BAND, 0, BAND_ENERGY_RANGE, low, 2.0 if high == 1.0 else high
    shape = None
    for hit in pattern.hits(bar, pulse):
        start = style.swung(hit.start)
        wanted = hit.velocity, style.swung(hit.start + hit.length) - start
        if wanted != shape:
            yield BAND, 0, BAND_SHAPE, *wanted
            shape = wanted
        yield BAND, hit.what, BAND_NOTE, hit.number, start
