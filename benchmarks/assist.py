"""What it costs to turn touches into right notes: 16 players with all help on, 20 touches a second each.

The same notes are played twice: by touches, through instrument and help; and by themselves, as the log of the first time has
them.  The difference is the price of help.
"""
from pathlib import Path

import numpy as np

from imm_audio.clock_speed import cycles_per_us
from imm_audio.engine import Engine, Settings
from imm_audio.kernels.engine.events import ASSIST, LET_GO, NOTE_OFF, NOTE_ON, SOUND, TOUCH
from imm_audio.kernels.music.terms import (
    EVENING,
    GUARD_S,
    LENGTH_BEATS,
    MEANING,
    MEANINGS,
    PITCH_HELP,
    TIMING_HELP,
)
from imm_audio.kernels.voices.part import PLUCK

from .drive import run
from .results import RESULTS, record, show
from .workloads import SAMPLE_RATE, in_order

PLAYERS, TOUCHES_S, BLOCK_FRAMES = 16, 20, 64
BLOCK_US = 1e6 * BLOCK_FRAMES / SAMPLE_RATE
MOST_SHARE = 0.02


def _help(meaning: str) -> list[tuple]:
    wanted = {PITCH_HELP: 1.0, TIMING_HELP: 1.0, EVENING: 1.0, GUARD_S: 0.01, LENGTH_BEATS: 0.1,
              MEANING: MEANINGS.index(meaning)}
    return [(0, ASSIST, player, parameter, 0, value) for player in range(PLAYERS) for parameter, value in wanted.items()]


def _touches(seconds: float) -> list[tuple]:
    random, rows = np.random.default_rng(1), []
    for player in range(PLAYERS):
        for at_s in np.arange(0.05 + player * 0.003, seconds, 1.0 / TOUCHES_S):
            frame, key = int((at_s + random.uniform(0.0, 0.01)) * SAMPLE_RATE), int(random.integers(40, 90))
            rows += [(frame, TOUCH, player, 0, key, random.uniform(0.2, 1.0)),
                     (frame + SAMPLE_RATE // 30, LET_GO, player, 0, key, 0.0)]
    return rows


def _cost(rows: list[tuple], seconds: float, rounds: int) -> tuple[float, float, list[tuple]]:
    """(mean, 99.9th percentile) microseconds a block, the best of some rounds; and the notes that were sounded."""
    best, notes = (np.inf, np.inf), []
    for _ in range(rounds):
        engine = Engine.create(Settings(SAMPLE_RATE))
        sounds = [(0, SOUND, player, 0, PLUCK, 4) for player in range(PLAYERS)]
        events, notes, stop = in_order(sounds + rows), [], 0.0
        spent = []
        while stop < seconds:  # in pieces, because the log has to be emptied
            piece = events[(events["frame"] >= int(stop * SAMPLE_RATE)) & (events["frame"] < int((stop + 1) * SAMPLE_RATE))]
            spent.append(run(engine, piece, np.zeros((SAMPLE_RATE, 0), "f4"), 1.0, BLOCK_FRAMES)[0])
            while len(found := engine.read_log(8192)):
                notes += [tuple(event)[:6] for event in found.tolist() if event[1] in (NOTE_ON, NOTE_OFF)]
            stop += 1.0
        us = np.concatenate(spent[1:]) / cycles_per_us()
        best = min(best, (float(us.mean()), float(np.percentile(us, 99.9))))
    return *best, notes


def main(quick: bool = False, folder: Path = RESULTS) -> None:
    """Measure and tell."""
    seconds, rounds = (3.0, 1) if quick else (20.0, 3)
    figures = {}
    for meaning in ("free", "magic", "song_chord"):
        touched_us, touched_worst_us, notes = _cost(_help(meaning) + _touches(seconds), seconds, rounds)
        alone_us, alone_worst_us, _ = _cost([(max(frame, 0), *rest) for frame, *rest in notes], seconds, rounds)
        share = (touched_us - alone_us) / BLOCK_US
        figures[meaning] = {"touched_us": touched_us, "notes_alone_us": alone_us, "share": share,
                            "touched_p999_us": touched_worst_us, "notes_alone_p999_us": alone_worst_us,
                            "notes": sum(row[1] == NOTE_ON for row in notes)}
    show(f"{PLAYERS} players, {TOUCHES_S} touches a second each, all help on: us of a block of {BLOCK_FRAMES} frames",
         ("meaning", "notes", "by touches", "notes alone", "help costs", "% of a block", "p99.9 touches", "p99.9 alone",
          "reached"),
         [(meaning, f["notes"], f"{f['touched_us']:.2f}", f"{f['notes_alone_us']:.2f}",
           f"{f['touched_us'] - f['notes_alone_us']:.3f}", f"{100 * f['share']:.3f}", f"{f['touched_p999_us']:.1f}",
           f"{f['notes_alone_p999_us']:.1f}", "yes" if f["share"] < MOST_SHARE else "NO") for meaning, f in figures.items()])
    record("assist", figures, folder)


