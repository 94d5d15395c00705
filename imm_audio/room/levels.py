"""How loud everybody is: what the engine has to be told of faders, mutes and the room's loudness, from what the room says."""
from collections.abc import Mapping

from ..catalog.help import Event
from ..catalog.instrument import FIRST_STRIP, GAIN_AT_START_DB, Instrument
from ..kernels.effects.strip import GAIN_DB, MUTE
from ..kernels.engine.events import BAND, MASTER, MASTER_GAIN_DB, REVERB_DB, STRIP
from ..kernels.music.terms import BAND_SOFTEN
from .model import Present, RoomFile

#: In the spotlight one is louder and all others are softer [dB]; the band is so much sparser.
SPOTLIGHT_DB, OTHERS_DB, BAND_BEHIND = 3.0, -8.0, 0.6
#: One press of "softer" [dB], and how much sparser the band is after each.
STEP_DB, SOFTEN = -3.0, (0.0, 0.35, 0.65, 1.0)
#: Nothing rings.
DRY_DB = -120.0

#: kind, player or strip, parameter -> value
Levels = dict[tuple[int, int, int], float]


def levels(room: RoomFile, playing: Mapping[int, Instrument], microphones: int, dry: bool) -> Levels:
    """All levels as they should be; `playing`: what each taken place plays; `dry`: without reverb for the moment."""
    softer = SOFTEN[room.softer]
    found: Levels = {
        (MASTER, 0, MASTER_GAIN_DB): room.volume_db + STEP_DB * room.softer,
        (MASTER, 0, REVERB_DB): DRY_DB if dry else 0.0,
        (BAND, 0, BAND_SOFTEN): max(softer, BAND_BEHIND) if room.spotlight else softer,
    }
    seated = {person.seat: person for person in room.people}
    singing = {person.microphone: person for person in room.people}
    for player, instrument in playing.items():
        usual_db = GAIN_AT_START_DB + instrument.sound.volume_db
        found |= _strip(FIRST_STRIP + player, usual_db, seated.get(player), room.spotlight)
    for microphone in range(microphones):
        found |= _strip(microphone, 0.0, singing.get(microphone), room.spotlight)
    return found


def _strip(strip: int, usual_db: float, person: Present | None, spotlight: str | None) -> Levels:
    gain_db = usual_db + (person.volume_db if person else 0.0)
    if spotlight:
        gain_db += SPOTLIGHT_DB if person and person.id == spotlight else OTHERS_DB
    return {(STRIP, strip, GAIN_DB): gain_db, (STRIP, strip, MUTE): float(person is not None and person.muted)}


def level_events(wanted: Levels, told: Levels) -> list[Event]:
    """What to say so that an engine that was told `told` has `wanted`."""
    return [(*where, 0.0, value) for where, value in wanted.items() if told.get(where) != value]


def strip_of(player: int) -> set[tuple[int, int, int]]:
    """What an instrument that begins anew sets by itself at a place."""
    return {(STRIP, FIRST_STRIP + player, GAIN_DB)}
