"""A room of people who touch things, driven by hand; what sounded is read from the log."""
from dataclasses import dataclass

import numpy as np

from imm_audio.kernels.engine.events import (
    ASSIST,
    CHORD_TABLE,
    HARMONY,
    LET_GO,
    MOVE,
    NOTE_OFF,
    NOTE_ON,
    PATTERN,
    RELEASE,
    SCALE_TABLE,
    SILENCE,
    TEMPO,
    TOUCH,
    TUNE,
)
from imm_audio.kernels.music.terms import (
    ASSIST_PARAMETERS,
    AXES,
    BEGIN,
    CLEAR,
    FIRST_CONTROL,
    HARMONY_CHORD,
    HARMONY_CLEAR,
    HARMONY_GO,
    HARMONY_KEY,
    HARMONY_METER,
    MEANINGS,
    PAD,
    TARGETS,
    TUNE_CLEAR,
    TUNE_GO,
    TUNE_NOTE,
)
from imm_audio.kernels.rt import GRID
from tests.kernels.engine.studio import RATE, engine

ON_BEAT, ON_BAR, AT_ONCE = 0.0, 1.0, 2.0
#: A rest of a tune.
REST = -1.0
#: Few enough events that the ring has room for them.
AT_A_TIME = 500


def control(number):
    """Key of a control without height: a pad, a switch."""
    return float(FIRST_CONTROL + number)


@dataclass
class Note:
    """What sounded, frames absolute; `stop` None: it still does."""

    player: int
    channel: int
    key: float
    velocity: float
    start: int
    stop: int | None = None


class Stage:
    """An engine at 120 beats a minute: say what happens at which frame, then `run`.

    `complaints` keeps what is never right: a note that begins twice, an end without a beginning or before it.
    """

    def __init__(self, rate=RATE, tempo_bpm=120.0, **settings):
        self.engine, self.rate, self.tempo_bpm = engine(sample_rate=rate, **settings), rate, tempo_bpm
        self.rows, self.log, self.notes, self.sounding, self.complaints = [], [], [], {}, []
        self.say(0, TEMPO, value=tempo_bpm)

    # --- time -------------------------------------------------------------------------------------------------------
    @property
    def frame(self):
        return self.engine.frame

    @property
    def beat_frames(self):
        return 60.0 * self.rate / self.tempo_bpm

    def at_beat(self, beats):
        """First frame at or after a beat."""
        return int(np.ceil(beats * self.beat_frames - 1e-6))

    def run(self, frames, block=None):
        """Let `frames` frames pass, in blocks of `block`; returns what is heard (frames, 2)."""
        self.rows.sort(key=lambda row: row[0])
        stop, heard = self.engine.frame + frames, []
        while self.engine.frame < stop:
            for row in self.rows[:AT_A_TIME]:
                assert self.engine.push(*row[1:4], float(row[4]), float(row[5]), frame=row[0])
            last = self.rows[AT_A_TIME - 1][0] if len(self.rows) > AT_A_TIME else stop
            del self.rows[:AT_A_TIME]
            until = min(stop, max(last // GRID * GRID, self.engine.frame + GRID)) if self.rows else stop
            while self.engine.frame < until:
                heard.append(self.engine.process(None, min(block or until, until - self.engine.frame)))
                self._listen()
        return np.concatenate(heard)

    def _listen(self):
        for event in self.engine.read_log(8192).tolist():
            self.log.append(event)
            frame, kind, player, channel, key, value, _ = event
            if kind == NOTE_ON:
                note = Note(player, channel, key, value, frame)
                if (player, channel, key) in self.sounding:
                    self.complaints.append(f"{note} sounds already")
                self.notes.append(note)
                self.sounding[player, channel, key] = note
            elif kind == NOTE_OFF:
                note = self.sounding.pop((player, channel, key), None)
                if note is None or note.start > frame:
                    self.complaints.append(f"end of {player, channel, key} at {frame}, begun: {note}")
                else:
                    note.stop = frame

    # --- saying -----------------------------------------------------------------------------------------------------
    def say(self, frame, kind, player=0, channel=0, key=0.0, value=0.0):
        self.rows.append((int(frame), kind, player, channel, key, value))

    def touch(self, frame, key, player=0, velocity=0.7, channel=0):
        self.say(frame, TOUCH, player, channel, key, velocity)

    def let_go(self, frame, key, player=0, channel=0):
        self.say(frame, LET_GO, player, channel, key)

    def tap(self, frame, key, player=0, velocity=0.7, frames=None, channel=0):
        """Touch and let go, a twentieth of a second later unless said."""
        self.touch(frame, key, player, velocity, channel)
        self.let_go(frame + (int(0.05 * self.rate) if frames is None else frames), key, player, channel)

    def move(self, frame, axis, value, player=0):
        self.say(frame, MOVE, player, AXES.index(axis), 0, value)

    def help(self, player=0, frame=0, **parameters):
        """Parameters of a person: `help(pitch_help=1)`."""
        for name, value in parameters.items():
            self.say(frame, ASSIST, player, ASSIST_PARAMETERS.index(name), 0, value)

    def instrument(self, meaning="free", player=0, zone=0, frame=0, first=0, last=191, channel=0, **parameters):
        """A zone of an instrument."""
        wanted = {"meaning": MEANINGS.index(meaning), "first": first, "last": last, "channel": channel, **parameters}
        for name, value in wanted.items():
            self.say(frame, ASSIST, player, ASSIST_PARAMETERS.index(name), zone, value)

    def pad(self, number, key, player=0):
        self.say(0, ASSIST, player, PAD, number, key)

    def axis(self, axis, target, amount=1.0, player=0):
        number = AXES.index(axis)
        self.say(0, ASSIST, player, ASSIST_PARAMETERS.index("axis_target"), number, TARGETS.index(target))
        self.say(0, ASSIST, player, ASSIST_PARAMETERS.index("axis_amount"), number, amount)

    def clear(self, frame, player=0):
        self.say(frame, ASSIST, player, CLEAR)

    def scale(self, slot, degrees, period=12.0, frame=0):
        self.say(frame, SCALE_TABLE, 0, slot, BEGIN, period)
        for i, degree in enumerate(degrees):
            self.say(frame, SCALE_TABLE, 0, slot, i, degree)

    def chord(self, slot, tones, frame=0):
        self.say(frame, CHORD_TABLE, 0, slot, BEGIN)
        for i, tone in enumerate(tones):
            self.say(frame, CHORD_TABLE, 0, slot, i, tone)

    def harmony(self, entries, go=AT_ONCE, frame=0, meter=None):
        """Entries of (scale slot, tonic, chord slot, root, beats)."""
        if meter is not None:
            self.say(frame, HARMONY, 0, HARMONY_METER, 0, meter)
        self.say(frame, HARMONY, 0, HARMONY_CLEAR)
        for scale, tonic, chord, root, beats in entries:
            self.say(frame, HARMONY, scale, HARMONY_KEY, tonic)
            self.say(frame, HARMONY, chord, HARMONY_CHORD, root, beats)
        self.say(frame, HARMONY, 0, HARMONY_GO, 0, go)

    def tune(self, notes, frame=0):
        """Notes of (key or REST, beats)."""
        self.say(frame, TUNE, 0, TUNE_CLEAR)
        for key, beats in notes:
            self.say(frame, TUNE, 0, TUNE_NOTE, key, beats)
        self.say(frame, TUNE, 0, TUNE_GO)

    def pattern(self, slot, notes, length_beats):
        """Notes of (step or key, start in beats, velocity 1 .. 127)."""
        self.say(0, PATTERN, 0, slot, BEGIN, length_beats)
        for key, start_beats, velocity in notes:
            self.say(0, PATTERN, velocity, slot, key, start_beats)

    def release(self, frame, player=-1):
        self.say(frame, RELEASE, player, -1)

    def silence(self, frame, player=-1):
        self.say(frame, SILENCE, player, -1)

    # --- hearing ----------------------------------------------------------------------------------------------------
    def played(self, player=0):
        """Keys in the order in which they began."""
        return [note.key for note in self.notes if note.player == player]

    def starts(self, player=0):
        return [note.start for note in self.notes if note.player == player]

    def held(self, player=0):
        """Keys that sound now, ascending."""
        return sorted(key for who, _, key in self.sounding if who == player)

    @property
    def present(self):
        """(root, chord slot, tonic, scale slot) of the last grid step."""
        harmony = self.engine.state["assist"]["harmony"]
        return float(harmony["root"]), int(harmony["chord"]), float(harmony["tonic"]), int(harmony["scale"])


def in_tones(key, tones, origin, period):
    """Whether `key` is one of origin + tones + n * period, within a cent."""
    away = np.mod(key - origin - np.asarray(tones, float), period)
    return bool((np.minimum(away, period - away) < 0.01).any())
