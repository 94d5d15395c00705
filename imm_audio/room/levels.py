"""How everybody sounds: what the engine has to be told of faders, voices and the space around them, from what the room says."""
from collections.abc import Mapping

from ..catalog.help import Event
from ..catalog.instrument import FIRST_STRIP, GAIN_AT_START_DB, Instrument
from ..catalog.rooms import room_number
from ..kernels.effects.strip import (
    ATTACK_MS,
    GAIN_DB,
    GATE_DB,
    GATE_OFF_DB,
    HIGH_DB,
    HIGH_HZ,
    HIGH_Q,
    HIGHPASS_HZ,
    LOW_DB,
    LOW_HZ,
    LOW_Q,
    MID_DB,
    MID_HZ,
    MID_Q,
    MUTE,
    RATIO,
    RELEASE_MS,
    THRESHOLD_DB,
)
from ..kernels.effects.vocal import DOUBLE, OCTAVE_DOWN, OCTAVE_UP, OFF, THIRD_ABOVE
from ..kernels.engine.events import (
    BAND,
    MASTER,
    MASTER_GAIN_DB,
    MONITOR_AGE,
    REVERB_DB,
    ROOM,
    SHARE_GAIN,
    STOP_HOWL,
    STRIP,
    VOCAL,
)
from ..kernels.music.terms import BAND_SOFTEN
from .model import Present, RoomFile, SecondVoice

#: In the spotlight one is louder and all others are softer [dB]; the band is so much sparser.
SPOTLIGHT_DB, OTHERS_DB, BAND_BEHIND = 3.0, -8.0, 0.6
#: One press of "softer" [dB], and how much sparser the band is after each.
STEP_DB, SOFTEN = -3.0, (0.0, 0.35, 0.65, 1.0)
#: Nothing rings.
DRY_DB = -120.0

#: A voice as an engine that begins has it (kernels/engine/mixer.py).
PLAIN = {
    GATE_DB: GATE_OFF_DB, HIGHPASS_HZ: 80.0, LOW_HZ: 120.0, LOW_Q: 0.7, LOW_DB: 0.0, MID_HZ: 1000.0, MID_Q: 1.0, MID_DB: 0.0,
    HIGH_HZ: 6000.0, HIGH_Q: 0.8, HIGH_DB: 0.0, THRESHOLD_DB: -18.0, RATIO: 3.0, ATTACK_MS: 5.0, RELEASE_MS: 80.0}
#: A voice as from close by, without what a microphone that is close exaggerates.
WARM = {
    GATE_DB: -55.0,                              # breath and room between the words; the softest word of a child is above it
    HIGHPASS_HZ: 90.0,                           # steps and bumped stands; the lowest note of most singers is above it
    LOW_HZ: 180.0, LOW_Q: 0.8, LOW_DB: 3.0,      # chest: fundamentals of men, the octave below women's and children's
    MID_HZ: 450.0, MID_Q: 1.2, MID_DB: -2.0,     # what sounds like a box, and would be more with the chest
    HIGH_HZ: 7000.0, HIGH_Q: 1.2, HIGH_DB: -3.0, # s, sh and t
    THRESHOLD_DB: -24.0, RATIO: 3.0,             # soft words come nearer
    ATTACK_MS: 8.0, RELEASE_MS: 150.0,           # consonants pass, and words don't pump
}
#: What the lower threshold takes away in the middle of a singing voice: warm is not softer.
WARM_GAIN_DB = 2.0
MODES: dict[SecondVoice, int] = {"none": OFF, "low": OCTAVE_DOWN, "high": OCTAVE_UP, "third": THIRD_ABOVE, "double": DOUBLE}

#: kind, player or strip, parameter -> value
Levels = dict[tuple[int, int, int], float]


def levels(room: RoomFile, playing: Mapping[int, Instrument], microphones: int, dry: bool,
           monitor_age: int | None = None) -> Levels:
    """All as it should be.

    playing: what each taken place plays; dry: without reverb for the moment; monitor_age: of the ears at the second pair of
    outputs [years].
    """
    softer = SOFTEN[room.softer]
    found: Levels = {
        (MASTER, 0, MASTER_GAIN_DB): room.volume_db + STEP_DB * room.softer,
        (MASTER, 0, REVERB_DB): DRY_DB if dry else 0.0,
        (MASTER, 0, ROOM): float(room_number(room.space)),
        (MASTER, 0, SHARE_GAIN): float(room.share_microphones),
        (MASTER, 0, STOP_HOWL): 1.0,   # nobody wants to hear it
        (BAND, 0, BAND_SOFTEN): max(softer, BAND_BEHIND) if room.spotlight else softer,
    }
    if monitor_age is not None:
        found[MASTER, 0, MONITOR_AGE] = float(monitor_age)
    seated = {person.seat: person for person in room.people}
    singing = {person.microphone: person for person in room.people}
    for player, instrument in playing.items():
        usual_db = GAIN_AT_START_DB + instrument.sound.volume_db
        found |= _strip(FIRST_STRIP + player, usual_db, seated.get(player), room.spotlight)
    for microphone in range(microphones):
        found |= _microphone(microphone, singing.get(microphone), room.spotlight)
    return found


def _microphone(microphone: int, person: Present | None, spotlight: str | None) -> Levels:
    warm = person is not None and person.warm_voice
    found = _strip(microphone, WARM_GAIN_DB if warm else 0.0, person, spotlight)
    found |= {(STRIP, microphone, parameter): value for parameter, value in (WARM if warm else PLAIN).items()}
    return found | {(VOCAL, microphone, 0): float(MODES[person.second_voice] if person else OFF)}


def _strip(strip: int, usual_db: float, person: Present | None, spotlight: str | None) -> Levels:
    gain_db = usual_db + (person.volume_db if person else 0.0)
    if spotlight:
        gain_db += SPOTLIGHT_DB if person and person.id == spotlight else OTHERS_DB
    return {(STRIP, strip, GAIN_DB): gain_db, (STRIP, strip, MUTE): float(person is not None and person.muted)}


def level_events(wanted: Levels, told: Levels) -> list[Event]:
    """What to say so that an engine that was told `told` has `wanted`."""
    events = [(*where, 0.0, value) for where, value in wanted.items() if told.get(where) != value]
    return sorted(events, key=lambda event: event[0] == VOCAL and event[-1] != OFF)   # who stops makes room for who begins


def strip_of(player: int) -> set[tuple[int, int, int]]:
    """What an instrument that begins anew sets by itself at a place."""
    return {(STRIP, FIRST_STRIP + player, GAIN_DB)}
