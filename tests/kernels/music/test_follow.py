"""With help, nobody plays a wrong note: whatever is touched, whenever, and whatever the harmony does meanwhile."""
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.kernels.engine.events import NOTE_ON, SOUND, TEMPO
from imm_audio.kernels.music.terms import CONTROLS, FIRST_CONTROL, MEANINGS
from imm_audio.kernels.rt import GRID
from imm_audio.kernels.rt.ring import EVENT
from imm_audio.kernels.voices.part import PLUCK, SAMPLER
from tests.kernels.engine.studio import engine
from tests.kernels.music.stage import AT_ONCE, ON_BAR, ON_BEAT, REST, Stage, control, in_tones

#: Period and degrees: everyday ones, quarter tones, just intervals, five uneven notes, periods that are no octave.
SCALES = ((12.0, (0, 2, 4, 5, 7, 9, 11)), (12.0, (0, 2, 4, 7, 9)), (12.0, (0, 2, 3.5, 5, 7, 9, 10.5)),
          (12.0, (0, 2.0391, 3.8631, 4.98, 7.0196, 8.8436, 10.8827)), (12.0, (0, 2.31, 4.74, 7.17, 9.55)),
          (12.09, (0, 2.31, 4.74, 7.17, 9.55)), (19.0196, (0, 3.0442, 4.8885, 7.3624, 8.8489, 11.7, 14.656, 16.18)),
          (12.0, (0, 5.5)))
CHORDS = ((0, 4, 7), (0, 3, 7), (0, 4, 7, 11), (0, 7), (0, 3.5, 7.0196), (0, 4, 7, 10, 14), (5, 0), (0, 2.31, 7.17))
#: Meanings whose notes are those of the chord; of the scale; all others may take both.
OF_CHORD = {"chord", "song_chord", "strum", "next_note", "arpeggio", "next_chord"}
OF_SCALE = {"free", "scale", "drone", "loop", "phrase"}
#: Their notes are not the harmony's: a tune's or a drum's own.
OWN_NOTES = {"pads", "round"}
#: What sounds stays inside the zone's range when that has room.
IN_RANGE = ("free", "scale", "chord", "magic", "arpeggio", "loop", "phrase", "chord_button", "song_chord", "next_chord")
#: Their range moves with the octave.
LIFTED = {"chord_button", "song_chord", "next_chord"}

entries = st.lists(st.tuples(st.integers(0, len(SCALES) - 1), st.floats(0, 11.984375, width=32) | st.integers(0, 11),
                             st.integers(0, len(CHORDS) - 1), st.integers(0, 11), st.sampled_from([0.25, 0.5, 1, 2, 3])),
                   min_size=1, max_size=5)
keys = st.integers(0, 127) | st.floats(0, 127, width=32) | st.integers(FIRST_CONTROL, FIRST_CONTROL + CONTROLS - 1)
happenings = st.lists(st.tuples(st.integers(0, 900), st.one_of(
    st.tuples(st.just("touch"), keys), st.tuples(st.just("touch"), keys), st.tuples(st.just("touch"), keys),
    st.tuples(st.just("let_go"), st.integers(0, 5)), st.tuples(st.just("let_go"), st.integers(0, 5)),
    st.tuples(st.just("harmony"), entries, st.sampled_from([ON_BEAT, ON_BAR, AT_ONCE])),
    st.tuples(st.just("retune"), st.sampled_from(SCALES), st.integers(0, len(SCALES) - 1)),
    st.tuples(st.just("respell"), st.sampled_from(CHORDS), st.integers(0, len(CHORDS) - 1)),
    st.tuples(st.just("tempo"), st.integers(40, 240)),
    st.tuples(st.just("move"), st.floats(0, 1, width=32)),
    st.tuples(st.just("other"), st.just(None)),
)), min_size=5, max_size=40)
instruments = st.fixed_dictionaries({
    "low": st.integers(0, 67), "room": st.integers(60, 127), "size": st.integers(1, 8), "base": st.integers(0, 127),
    "octave": st.integers(-3, 3), "latch": st.sampled_from([0, 0, 1]), "step_beats": st.sampled_from([0.25, 0.5, 1.0]),
    "timing_help": st.sampled_from([0, 0, 0.5, 1]), "length_beats": st.sampled_from([0, 0, 0.5]),
    "dwell_s": st.sampled_from([0, 0, 0, 0.02]), "tremor_filter": st.sampled_from([0, 0, 0, 1]),
    "guard_s": st.sampled_from([0, 0, 0.05])})


class Watched(Stage):
    """A stage whose players' notes are compared with the harmony of every grid step."""

    def __init__(self, meaning, low, room, size, base, octave, latch, step_beats, **help):
        super().__init__()
        self.meaning, self.low, self.high = meaning, low, min(low + room, 127)
        self.scales, self.chords, self.rewritten = list(SCALES), list(CHORDS), []
        for slot, (period, degrees) in enumerate(SCALES):
            self.scale(slot, degrees, period)
        for slot, tones in enumerate(CHORDS):
            self.chord(slot, tones)
        for slot in range(0, 32, 3):
            self.pattern(slot, [(0, 0, 100), (3, 0.25, 60), (-4, 0.5, 80), (31, 0.75, 127)], 1.0)
        self.instrument(meaning, low=low, high=self.high, size=size, base=base, latch=latch, step_beats=step_beats)
        self.help(pitch_help=1, octave=octave, **help)
        self.axis("breath", "strum")
        self.axis("tilt_x", "play")
        self.instrument("next_chord", player=1)
        self.harmony([(0, 0, 0, 0, 1)])
        self.run(20 * GRID)

    def perform(self, happenings):
        """Let it all happen; returns the frame after the last."""
        frame, touched = self.frame, []
        for wait, (what, *said) in happenings:
            frame += wait
            if what == "touch":
                self.touch(frame, said[0])
                touched.append(said[0])
            elif what == "let_go" and touched:
                self.let_go(frame, touched.pop(said[0] % len(touched)))
            elif what == "harmony":
                self.harmony(said[0], said[1], frame)
            elif what == "retune":
                self.rewritten.append((frame, self.scales, said[1], said[0]))
                self.scale(said[1], said[0][1], said[0][0], frame)
            elif what == "respell":
                self.rewritten.append((frame, self.chords, said[1], said[0]))
                self.chord(said[1], said[0], frame)
            elif what == "tempo":
                self.say(frame, TEMPO, value=said[0])
            elif what == "move":
                self.move(frame, "breath", said[0])
                self.move(frame, "tilt_x", said[0])
            elif what == "other":
                self.tap(frame, 60, player=1)
        return frame

    def belonging(self):
        """What tells whether a key may sound now."""
        root, chord, tonic, scale = self.present
        (period, degrees), tones = self.scales[scale], self.chords[chord]

        def belongs(key):
            in_chord, in_scale = in_tones(key, tones, root, 12.0), in_tones(key, degrees, 60 + tonic, period)
            if self.meaning in OF_CHORD:
                return in_chord
            return in_scale if self.meaning in OF_SCALE else in_scale or in_chord

        return belongs

    def watch(self, frames):
        """Compare step by step.  What is written anew counts from within a step, as does what a hand moves."""
        harmony = self.engine.state["assist"]["harmony"]
        before = self.belonging()
        for _ in range(frames // GRID):
            told, changes, led = len(self.log), int(harmony["changes"]), float(harmony["led_until"])
            self.run(GRID)
            allowed = []
            while self.rewritten and self.rewritten[0][0] < self.frame:
                allowed.append(self.belonging())
                _, tables, slot, table = self.rewritten.pop(0)
                tables[slot] = table
            allowed.append(self.belonging())
            self.blame([(key, self.frame) for key in self.held()], allowed)
            begun = [(event[4], event[0]) for event in self.log[told:] if event[1] == NOTE_ON and event[2] == 0]
            if harmony["led_until"] == led:
                self.blame(begun, allowed)
            elif harmony["changes"] == changes + 1:
                self.blame(begun, [before, *allowed])
            if self.complaints:
                return
            before = self.belonging()

    def blame(self, notes, allowed):
        """Complain of notes (key, frame) that belong nowhere."""
        self.complaints += [f"{key} at {frame}, present {self.present}" for key, frame in notes
                            if not (0.0 <= key <= 127.0 and any(belongs(key) for belongs in allowed))]


def complaints(meaning, instrument, happenings):
    """What was wrong.  The engine is gone afterwards: a failing example that holds it would keep its memory."""
    stage = Watched(meaning, **instrument)
    stage.watch(stage.perform(happenings) - stage.frame + 4000)
    return stage.complaints + ["faults"] * int(stage.engine.state["faults"])


@pytest.mark.parametrize("meaning", [one for one in MEANINGS if one not in OWN_NOTES])
@settings(deadline=None, max_examples=20)
@given(instrument=instruments, happenings=happenings)
def test_every_note_belongs_to_the_chord_or_scale_of_its_moment_and_no_wrong_one_sounds_on(meaning, instrument, happenings):
    assert complaints(meaning, instrument, happenings) == []


def out_of_range(meaning, instrument, happenings):
    """Notes outside the range of their zone."""
    stage = Watched(meaning, **{**instrument, "size": min(instrument["size"], 4)})
    stage.run(stage.perform(happenings) - stage.frame + 2000)
    lift = 12 * instrument["octave"] if meaning in LIFTED else 0
    low, high = max(stage.low + lift, 0), min(stage.high + lift, 127)
    return [note for note in stage.notes if note.player == 0 and high - low >= 50 and not low - 0.02 <= note.key <= high + 0.02]


@pytest.mark.parametrize("meaning", IN_RANGE)
@settings(deadline=None, max_examples=8)
@given(instrument=instruments, happenings=happenings)
def test_what_sounds_stays_in_the_range_of_the_instrument(meaning, instrument, happenings):
    assert out_of_range(meaning, instrument, happenings) == []


# --- the end of every note ----------------------------------------------------------------------------------------------
TUNE = [(60, 0.5), (62, 0.25), (REST, 0.5), (64, 1), (65, 2)]
HELD = {"free", "scale", "chord", "magic", "chord_button", "song_chord", "strum", "next_note", "next_chord", "drone", "pads",
        "arpeggio"}


def ended(meaning, instrument, happenings, end, absolute, ghost):
    """Complaints, and what sounds or begins after the end: everything let go, RELEASE, CLEAR or SILENCE."""
    stage = Watched(meaning, **instrument)
    stage.instrument(meaning, frame=stage.frame, low=stage.low, high=stage.high, latch=instrument["latch"], absolute=absolute)
    stage.tune(TUNE, stage.frame)
    if ghost:
        stage.help(frame=stage.frame + 500, ghost=1)
    frame = stage.perform([*happenings, (400, ("move", 0.0)), (800, ("other", None)), (1000, ("move", 0.0))])
    if end == "let go":
        frame += 2000  # a latched touch that was refused while the hand trembled has had time
        for key in {said[0] for _, (what, *said) in happenings if what == "touch"}:
            stage.let_go(frame, key)
    elif end == "clear":
        stage.clear(frame)
    elif end == "release":
        stage.release(frame)
    else:
        stage.silence(frame)
    if end == "let go":
        stage.run(frame + 5 * stage.rate - stage.frame)
    else:
        stage.run(frame // GRID * GRID + GRID - stage.frame)  # the step in which it falls
    begun, voices = len(stage.notes), int(stage.engine.state["voices"])
    stage.harmony([(1, 3, 1, 3, 0.5), (2, 5, 2, 5, 0.5)], AT_ONCE, stage.frame + 100)
    stage.run(3 * stage.rate)
    complaints = stage.complaints + stage.notes[begun:] + list(stage.sounding)
    if end == "silence" and (voices or stage.engine.state["voices"]):
        complaints.append(f"{voices} voices after silence")
    return complaints


@pytest.mark.parametrize("meaning", MEANINGS)
@pytest.mark.parametrize("end", ["clear", "release", "silence"])
@settings(deadline=None, max_examples=6)
@given(instrument=instruments, happenings=happenings, absolute=st.sampled_from([0, 1]))
def test_panic_release_and_a_new_instrument_end_everything_at_once_and_nothing_begins_by_itself(
        meaning, end, instrument, happenings, absolute):
    assert ended(meaning, instrument, happenings, end, absolute, ghost=end == "silence") == []


@pytest.mark.parametrize("meaning", sorted(HELD))
@settings(deadline=None, max_examples=8)
@given(instrument=instruments, happenings=happenings)
def test_every_note_ends_once_when_everything_is_let_go(meaning, instrument, happenings):
    assert ended(meaning, {**instrument, "latch": 0}, happenings, "let go", 0, False) == []


# --- the same, always ---------------------------------------------------------------------------------------------------
FRAMES = 9600


def room():
    """Events of everybody at once: each meaning has a player, with all help, at frames that lie anywhere on the grid."""
    stage, random = Stage(), np.random.default_rng(5)
    for slot, (period, degrees) in enumerate(SCALES[:4]):
        stage.scale(slot, degrees, period)
    for slot, tones in enumerate(CHORDS):
        stage.chord(slot, tones)
    stage.pattern(0, [(0, 0, 100), (3, 0.25, 60)], 0.5)
    stage.tune(TUNE)
    for player, meaning in enumerate(MEANINGS):
        stage.say(0, SOUND, player, 0, PLUCK if player % 2 else SAMPLER, 1)
        stage.instrument(meaning, player, size=4, step_beats=0.25, low=40, high=90)
        stage.help(player, pitch_help=1, timing_help=player % 3 / 2, evening=0.7, tremor_filter=player % 2, guard_s=0.03)
        for frame in random.integers(600, FRAMES - 600, 20):
            key = int(random.integers(40, 80)) if player % 4 else control(int(random.integers(0, 8)))
            stage.tap(int(frame), key, player, float(random.uniform(0.1, 1.0)), int(random.integers(1, 900)))
    for frame, go in ((2345, ON_BEAT), (4567, ON_BAR), (7001, AT_ONCE)):
        stage.harmony([(frame % 4, frame % 12, frame % 7, frame % 11, 0.5), (0, 0, 1, 2, 0.25)], go, frame, meter=1)
    stage.say(5003, TEMPO, value=170)
    return sorted(stage.rows, key=lambda row: row[0])


def performed(rows, cuts=(), live=False):
    """Log and stems as bytes; live: events are sent just before the block in which they happen."""
    made, rows = engine(), list(rows)
    for start, stop in pairwise([0, *sorted(cuts), FRAMES]):
        while rows and (not live or rows[0][0] < stop):
            frame, kind, player, channel, key, value = rows.pop(0)
            assert made.push(kind, player, channel, key, value, frame=frame)
        made.process(None, stop - start)
    assert made.state["faults"] == 0
    return made.read_log(8192).tobytes(), made.copy_stems(0, FRAMES).tobytes()


@pytest.fixture(scope="module")
def whole():
    """Everybody's music as one block."""
    rows = room()
    return rows, performed(rows)


def test_everybody_plays_in_it(whole):
    notes = [event for event in np.frombuffer(whole[1][0], EVENT).tolist() if event[1] == NOTE_ON]
    assert {event[2] for event in notes} == set(range(len(MEANINGS)))
    assert len(notes) > 300


@settings(deadline=None, max_examples=15)
@given(cuts=st.lists(st.integers(1, FRAMES - 1), unique=True, max_size=60))
def test_the_same_touches_give_the_same_notes_and_sound_however_time_is_cut(whole, cuts):
    assert performed(whole[0], cuts) == whole[1]


@pytest.mark.parametrize("block", [16, 64, 100, 441, 1024])
def test_live_is_the_same_as_offline(whole, block):
    assert performed(whole[0], range(block, FRAMES, block), live=True) == whole[1]
