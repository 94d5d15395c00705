"""Tunings as events of the engine."""
import numpy as np

from ..catalog.help import Event
from ..kernels.engine.events import TUNING
from ..kernels.music.tuning import KEYS, TUNING_CLEAR, TUNING_GO, TUNING_KEY
from ..settings import Session
from .scala import A4_HZ
from .shelf import EQUAL, find_tuning


def tuning_events(pitches: np.ndarray) -> list[Event]:
    """What to say so that each key sounds its pitch [MIDI keys]; only keys that differ from equal steps are named."""
    keys: list[Event] = [(TUNING, 0, TUNING_KEY, float(key), float(pitches[key])) for key in range(KEYS) if pitches[key] != key]
    return [(TUNING, 0, TUNING_CLEAR, 0.0, 0.0), *keys, (TUNING, 0, TUNING_GO, 0.0, 0.0)]


def events_of_session(session: Session, home: float = 0.0) -> list[Event]:
    """What to say to an engine that knows nothing yet; `home`: key of the song, C = 0.  ValueError: one sentence."""
    if session.tuning is None and session.a4_hz is None:
        return []
    return tuning_events(find_tuning(session.tuning or EQUAL).table(session.a4_hz or A4_HZ, home))
