"""What was set before a take and still holds: said at its beginning, so that the take can be played again from its log alone.

Of settings the newest counts.  They are kept in the order in which they were said, so what one of them resets stays reset.
Tables, progressions, tunes, styles and songs are said in many events, and are kept from the one that begins them.  Left out is
what happens (notes, touches) and where the song is.
"""
import numpy as np

from ...kernels.engine.events import (
    ASSIST,
    BAND,
    BEND,
    CHORD_TABLE,
    EXPRESSION,
    FOLLOW,
    FORM,
    HARMONY,
    MASTER,
    MODULATION,
    MOVE,
    PATTERN,
    PRESSURE,
    RELEASE,
    RING,
    SCALE_TABLE,
    SILENCE,
    SOFT,
    SOUND,
    STRIP,
    SUSTAIN,
    TEMPO,
    TIMBRE,
    TUNE,
    TUNING,
    VOLUME,
)
from ...kernels.music.terms import (
    AT_ONCE,
    BAND_CLEAR,
    BAND_ENERGY,
    BAND_GO,
    BAND_MUTE,
    BAND_NOTES,
    BAND_SOFTEN,
    BEGIN,
    FOLLOW_AMOUNT,
    FOLLOW_RANGE,
    FOLLOW_WEIGHT,
    FOLLOW_WHO,
    FORM_AGAIN,
    FORM_CLEAR,
    FORM_GO,
    FORM_GUIDE,
    FORM_LOOP,
    FORM_MARK,
    FORM_PICKUP,
    FORM_SECTION,
    HARMONY_CHORD,
    HARMONY_CLEAR,
    HARMONY_GO,
    HARMONY_KEY,
    HARMONY_METER,
    SECTION_END,
    TUNE_CLEAR,
    TUNE_GO,
    TUNE_NOTE,
)
from ...kernels.music.tuning import TUNING_CLEAR, TUNING_GO, TUNING_KEY
from ...kernels.rt.ring import EVENT

#: Settings of which the newest holds, for each player and channel.
_SETTINGS = (SUSTAIN, BEND, MODULATION, PRESSURE, TIMBRE, VOLUME, EXPRESSION, SOUND, RELEASE, SILENCE, STRIP, MASTER, TEMPO,
             MOVE, ASSIST, RING, SOFT)
#: Kinds that say other things too: which of them are settings.
_ALSO_SETTINGS = {
    FOLLOW: (FOLLOW_AMOUNT, FOLLOW_WHO, FOLLOW_WEIGHT, FOLLOW_RANGE), FORM: (FORM_LOOP, FORM_AGAIN, FORM_GUIDE),
    BAND: (BAND_ENERGY, BAND_SOFTEN, BAND_MUTE), HARMONY: (HARMONY_METER,)}
#: What is said in many events, from the first of these on; it holds with the last of them, where that is a GO.
_SEQUENCES = {
    HARMONY: (HARMONY_CLEAR, HARMONY_KEY, HARMONY_CHORD, HARMONY_GO), TUNE: (TUNE_CLEAR, TUNE_NOTE, TUNE_GO),
    BAND: tuple(range(BAND_CLEAR, BAND_GO + 1)), FORM: (FORM_CLEAR, FORM_SECTION, FORM_MARK, FORM_PICKUP),
    TUNING: (TUNING_CLEAR, TUNING_KEY, TUNING_GO)}
_GO = {(HARMONY, HARMONY_GO), (TUNE, TUNE_GO), (BAND, BAND_GO), (TUNING, TUNING_GO)}
_TABLES = (SCALE_TABLE, CHORD_TABLE, PATTERN)
_KINDS = np.array(sorted({*_SETTINGS, *_ALSO_SETTINGS, *_SEQUENCES, *_TABLES}))
#: Longest sequence: all notes of a style, and what they are played by.
_LONGEST = 2 * BAND_NOTES

#: An EVENT: frame, kind, player, channel, key, value, order.
_Event = tuple[int, int, int, int, float, float, int]


class Standing:
    """Settings that hold."""

    def __init__(self) -> None:
        self._newest: dict[tuple[int, ...], _Event] = {}
        self._tables: dict[tuple[int, int], list[_Event]] = {}
        self._holds: dict[int, list[_Event]] = {}  # sequences that were started
        self._said: dict[int, list[_Event]] = {}   # sequences that are being said

    def add(self, events: np.ndarray) -> "Standing":
        """Add events that were applied, EVENT array in order."""
        sense = np.isfinite(events["key"]) & np.isfinite(events["value"])  # of help the log keeps also what made none
        for event in events[np.isin(events["kind"], _KINDS) & sense].tolist():
            self._add(event)
        return self

    def copy(self) -> "Standing":
        """One that goes its own way from here."""
        other = Standing()
        other._newest, other._holds = dict(self._newest), dict(self._holds)
        other._tables = {key: list(table) for key, table in self._tables.items()}
        other._said = {kind: list(said) for kind, said in self._said.items()}
        return other

    def events(self) -> np.ndarray:
        """What must be said so that the same holds, EVENT array: tables first, the rest in the order in which it was said."""
        tables = [event for table in self._tables.values() for event in table]
        rest = list(self._newest.values())
        for sequence in (*self._holds.values(), *self._said.values()):
            rest += sequence
        return np.array(tables + sorted(rest, key=lambda event: event[-1]), EVENT)

    def _add(self, event: _Event) -> None:
        _, kind, player, channel, key, _, _ = event
        if kind in _TABLES:
            table = self._tables.setdefault((kind, channel), [])
            if key == BEGIN:
                table.clear()
            table.append(event)
            del table[_LONGEST:]
        elif channel in _SEQUENCES.get(kind, ()):
            self._add_to_sequence(kind, channel, event)
        elif channel in _ALSO_SETTINGS.get(kind, (channel,)):
            self._newest[kind, player, channel, int(key) if kind == ASSIST else 0] = event
        elif (kind, channel) == (FORM, FORM_GO) and HARMONY in self._holds:  # chords that waited for the song hold now
            self._holds[HARMONY] = [*self._holds[HARMONY][:-1], _at_once(self._holds[HARMONY][-1])]

    def _add_to_sequence(self, kind: int, channel: int, event: _Event) -> None:
        begins = _SEQUENCES[kind][0]
        said = self._said.setdefault(kind, [])
        if channel == begins:
            said.clear()
        if (kind, channel) not in _GO:
            said.append(event)
            del said[_LONGEST:]
        else:
            waits = kind == HARMONY and event[5] == SECTION_END
            before = [] if said and said[0][3] == begins else self._holds.get(kind, [])
            self._holds[kind] = [*before, *said, event if waits or kind == TUNE else _at_once(event)][-_LONGEST:]
            said.clear()


def _at_once(event: _Event) -> _Event:
    """It has taken effect before the take: it must not wait for a bar again."""
    return (*event[:5], float(AT_ONCE), event[6])
