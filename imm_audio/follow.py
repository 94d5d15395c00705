"""Follow onsets offline by the kernels that follow them live: beats of MIDI and CSV files, and the follower as an object."""
import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import mido
import numpy as np

from .kernels.music.follower import (
    FOLLOWER,
    HEARD,
    follower_advance,
    follower_begin,
    follower_count,
    follower_hear,
    follower_reset,
)
from .kernels.rt import GRID, rt

#: Offline time is counted in these frames, as live on the usual sound card.
SAMPLE_RATE = 48000.0
#: After the last onset the clock is let run for so many seconds.
TAIL_S = 10.0
#: A longer performance is a mistake in its times.
LONGEST_S = 12 * 3600.0
FEWEST_TAPS, MOST_TAPS = 2, 8
#: Onsets of a sound file are those of the first microphone.
MICROPHONE = 16
MIDI, SOUND = (".mid", ".midi", ".kar"), (".wav", ".flac", ".ogg", ".mp3", ".aiff", ".aif")
i8, f8 = np.int64, np.float64


class Beat(NamedTuple):
    """A beat the follower committed itself to."""
    time_s: float
    announced_s: float
    period_s: float


class Onset(NamedTuple):
    """An onset: seconds, player 0 .. 31, strength 0 .. 1, and how much later it is known [s]."""
    time_s: float
    player: int
    strength: float
    late_s: float = 0.0


@rt
def _run(f, until, beats, count):
    """Run the clock up to `until` [frame]; append (time, announced, period) [s] of beats that sound on the way."""
    while f.frame + GRID <= until:
        was, frame, rate = f.beats, f.frame, f.beats_per_frame
        follower_advance(f, frame + GRID)
        number = np.floor(f.beats)
        if number > np.floor(was) and count < len(beats):
            beats[count, 0] = (frame + (number - was) / rate) / f.sample_rate
            beats[count, 1] = frame / f.sample_rate  # the rate of a grid step is decided when it begins
            beats[count, 2] = f.period_s
            count += 1
    return count


@rt
def _follow(f, frames, known, players, strengths, counts, end, beats):
    """Hear all of a file; beats begin with the last tap of the count-in or the first onset.  Returns how many there are."""
    for frame in counts:
        _run(f, frame, beats, len(beats))  # nobody hears these
        follower_count(f, i8(frame))
    found, began = 0, len(counts) > 0
    for i in range(len(frames)):
        if began and frames[i] < f.frame:
            continue  # along with the count-in
        if began:
            found = _run(f, known[i], beats, found)
        else:
            _run(f, known[i], beats, len(beats))
        follower_hear(f, i8(players[i]), i8(frames[i]), f8(strengths[i]))
        began = True
    return _run(f, end, beats, found)


def _begin(period_s: float | None) -> np.void:
    follower = np.zeros(1, FOLLOWER)[0]
    follower_reset(follower, SAMPLE_RATE)
    follower_begin(follower, 0.0, float(period_s or 0.0))
    return follower


def _frame(time_s: float) -> int:
    return max(0, round(time_s * SAMPLE_RATE))


def follow(onsets: Sequence[Onset], period_s: float | None = None, count_in_s: Sequence[float] | None = None) -> list[Beat]:
    """Beats as the follower announces them, each when it sounds.

    period_s: printed period of the beat [s]; count_in_s: taps of a count-in [s], 2 to 8 of them.
    """
    onsets = sorted(onsets, key=lambda onset: onset.time_s + onset.late_s)
    known = np.array([_frame(onset.time_s + onset.late_s) for onset in onsets], np.int64)
    frames = np.array([_frame(onset.time_s) for onset in onsets], np.int64)
    players = np.array([onset.player % HEARD for onset in onsets], np.int64)
    strengths = np.array([onset.strength for onset in onsets], np.float64)
    counts = np.array([_frame(tap) for tap in sorted(count_in_s or ())], np.int64)
    if not onsets and not count_in_s:
        return []
    end = max([*frames[-1:], *counts[-1:]]) + _frame(TAIL_S)
    follower = _begin(period_s)
    beats = np.zeros((int(end / SAMPLE_RATE * 6.0) + 16, 3))  # the fastest clock makes 5 a second
    found = _follow(follower, frames, known, players, strengths, counts, end, beats)
    return [Beat(*row) for row in beats[:found].tolist()]


class Follower:
    """The follower as an object: tell it onsets in the order of time, ask it for beats."""

    def __init__(self, period_s: float | None = None, count_in_s: Sequence[float] | None = None) -> None:
        """Start with a printed period [s], a count-in (times of its taps [s]), both or nothing."""
        self._follower = _begin(period_s)
        self._beats = np.zeros((64, 3))
        self._began = bool(count_in_s)
        self._counted_s = max(count_in_s or (0.0,))
        for tap in sorted(count_in_s or ()):
            self._run(tap)
            follower_count(self._follower, _frame(tap))

    def onset(self, player: int, t: float, velocity: float) -> None:
        """Hear an onset of `player` at `t` [s], velocity 1 .. 127; those along with the count-in are not needed."""
        if t < self._counted_s:
            return
        follower_hear(self._follower, int(player) % HEARD, _frame(t), float(velocity) / 127.0)
        self._began = True

    def beats_until(self, t: float) -> list[tuple[float, float]]:
        """Beats (time, period) [s] since the last call and up to `t`; they are never taken back."""
        found = self._run(t)
        return [(time_s, period_s) for time_s, _, period_s in found] if self._began else []

    def _run(self, t: float) -> list[list[float]]:
        found: list[list[float]] = []
        while self._follower["frame"] + GRID <= _frame(t):  # the table is large enough for 8 s
            until = min(_frame(t), int(self._follower["frame"]) + _frame(8.0))
            found += self._beats[:_run(self._follower, until, self._beats, 0)].tolist()
        return found


def make_follower(period_s: float | None = None, count_in_s: Sequence[float] | None = None) -> Follower:
    """Make a follower for a simulator or another program: `onset(player, t, velocity)`, `beats_until(t)`."""
    return Follower(period_s, count_in_s)


def read_onsets(path: Path) -> list[Onset]:
    """Onsets of a MIDI file (player = channel), a sound file, or a CSV file (seconds, player, velocity 0 .. 127).

    Columns of a CSV are found by name: `t_s` or `time_s`, `player`, `velocity`; without a head they are in this order.
    """
    if path.suffix.lower() in MIDI:
        return _read_midi(path)
    if path.suffix.lower() in SOUND:
        return _listen(path)
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        rows = [row for row in csv.reader(file) if row]
    names = [name.strip().lower() for name in rows[0]] if rows else []
    time = next((names.index(name) for name in ("t_s", "time_s") if name in names), 0)
    player = names.index("player") if "player" in names else 1
    velocity = names.index("velocity") if "velocity" in names else 2
    onsets = []
    for row in rows:
        try:
            strength = float(row[velocity]) / 127.0 if velocity < len(row) else 0.6
            onsets.append(Onset(float(row[time]), int(row[player]) if player < len(row) else 0, strength))
        except (ValueError, IndexError):
            continue  # the head, or a line that is no onset
    return sorted(onset for onset in onsets if onset.time_s >= 0.0 and np.isfinite(onset.strength))


def _listen(path: Path) -> list[Onset]:
    """What a microphone would have heard."""
    from .listening.offline import onset_delay_s, onsets_of_wav

    onsets = onsets_of_wav(path)
    late_s = onset_delay_s(path)
    return [Onset(time_s, MICROPHONE + voice, strength, late_s) for time_s, strength, voice in onsets]


def _read_midi(path: Path) -> list[Onset]:
    onsets, time_s = [], 0.0
    try:
        for message in mido.MidiFile(path, clip=True):
            time_s += message.time
            if message.type == "note_on" and message.velocity > 0:
                onsets.append(Onset(time_s, message.channel, message.velocity / 127.0))
    except OSError:
        raise
    except Exception as error:  # mido meets wrong bytes with exceptions of all kinds
        raise ValueError(f"{path.name}: it can't be read as a MIDI file.") from error
    return onsets


def parse_count_in(text: str | None) -> list[float] | None:
    """`0.5,1.1,1.7` -> seconds.  ValueError: one sentence."""
    if not text:
        return None
    try:
        taps = sorted(float(tap) for tap in text.split(","))
    except ValueError:
        taps = []
    if not FEWEST_TAPS <= len(taps) <= MOST_TAPS or not all(0.0 <= tap <= LONGEST_S for tap in taps):
        raise ValueError(f'--count-in: "{text}": write {FEWEST_TAPS} to {MOST_TAPS} times in seconds, like 1.0,1.6,2.2')
    return taps


def write_beats(path: Path, beats: Sequence[Beat]) -> None:
    """Write beats as CSV: beat_time_s, announced_at_s, period_s."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("beat_time_s", "announced_at_s", "period_s"))
        writer.writerows((f"{beat.time_s:.4f}", f"{beat.announced_s:.4f}", f"{beat.period_s:.4f}") for beat in beats)


def follow_file(source: Path, to: Path, period_s: float | None = None, count_in_s: Sequence[float] | None = None) -> int:
    """Follow one file and write its beats; return how many.  ValueError or OSError: one sentence."""
    if period_s is not None and not 0.1 <= period_s <= 5.0:
        raise ValueError(f"--period: {period_s:g} s, 0.1 to 5 are possible.")
    try:
        onsets = read_onsets(source)
    except OSError as error:
        raise OSError(f"{source}: it can't be read: {error.strerror or error}.") from None
    if onsets and onsets[-1].time_s > LONGEST_S:
        raise ValueError(f"{source.name}: its last onset is after {onsets[-1].time_s:g} s; at most {LONGEST_S:g} are possible.")
    beats = follow(onsets, period_s, count_in_s)
    write_beats(to, beats)
    return len(beats)


def follow_batch(listing: Path) -> tuple[int, list[str]]:
    """Follow many files: lines `IN<TAB>OUT<TAB>PERIOD<TAB>T,T,T,T`, the last two may be missing.

    How many were followed, and a sentence for each that could not be.
    """
    done, problems = 0, []
    for number, text in enumerate(listing.read_text(encoding="utf-8").splitlines(), 1):
        source, to, period, count, *_ = [*text.split("\t"), "", "", ""]
        if not text.strip():
            continue
        try:
            follow_file(Path(source), Path(to), float(period) if period.strip() else None, parse_count_in(count.strip()))
            done += 1
        except (ValueError, OSError) as error:
            problems.append(f"{listing.name}, line {number}: {error}")
    return done, problems
