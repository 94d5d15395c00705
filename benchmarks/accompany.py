"""What it costs to follow 16 players and to accompany them: the kernels of follower and band, without the sound they make.

The same is played twice: with the follower and the band, and without both, the band's notes given as events as the log of the
first time has them.  The difference is the price of hearing and deciding.
"""
from pathlib import Path

import numpy as np

from imm_audio.band import AT_ONCE, band_energy, band_events
from imm_audio.catalog.library import Styles
from imm_audio.clock_speed import cycles_per_us
from imm_audio.engine import Engine, Settings
from imm_audio.kernels.engine.events import LET_GO, NOTE_OFF, NOTE_ON, SOUND, STRIP, TEMPO, TOUCH
from imm_audio.kernels.voices.part import PLAYERS, PLUCK
from imm_audio.songs.harmony import WITH_FORM, harmony_events, harmony_from, parse_chords
from imm_audio.songs.leading import Form, follow_events, form_events, start_events
from imm_audio.soundfont import general_midi, read_soundfont

from .drive import run
from .results import RESULTS, record, show
from .workloads import SAMPLE_RATE, in_order

BLOCK_FRAMES, BPM = 64, 100.0
BLOCK_US = 1e6 * BLOCK_FRAMES / SAMPLE_RATE
MOST_SHARE = 0.03
#: Busy styles, and a quiet one.
STYLES = ("samba", "swing", "lullaby")


def _players(seconds: float) -> list[tuple]:
    """Sixteen people on the beat, on its half and on its double, each with a habit and a spread of their own."""
    random, rows = np.random.default_rng(2), [(0, SOUND, player, 0, PLUCK, 4) for player in range(PLAYERS)]
    for player in range(PLAYERS):
        every = (0.5, 1.0, 1.0, 2.0)[player % 4] * 60.0 / BPM
        habit, spread = random.normal(0.0, 0.03), random.uniform(0.01, 0.05)
        for at_s in np.arange(4.0 * 60.0 / BPM, seconds, every) + habit:
            frame, key = int(max(at_s + random.normal(0.0, spread), 0.0) * SAMPLE_RATE), int(random.integers(50, 80))
            rows += [(frame, TOUCH, player, 0, key, random.uniform(0.2, 1.0)),
                     (frame + SAMPLE_RATE // 10, LET_GO, player, 0, key, 0.0)]
    return rows


def _leading(style: str, seconds: float) -> list[tuple]:
    """A song without end, the band, and everybody followed."""
    chords = parse_chords("C Am F G", 4.0)
    form = Form("Round", (("verse", 16.0), ("chorus", 16.0)), again=True)
    said = [(TEMPO, 0, 0, 0.0, BPM), *harmony_events(harmony_from(chords, "major", 0.0), WITH_FORM), *form_events(form),
            *follow_events("everybody", 100.0, BPM), *band_events(Styles().styles[style], "4/4", AT_ONCE),
            *band_energy(0.9, 0.0), *start_events(form, "count")]
    return [(0, *event) for event in said]


def _cost(rows: list[tuple], seconds: float, rounds: int) -> tuple[float, float, float, list[tuple]]:
    """(mean, 99th, 99.9th percentile) microseconds a block, the best of some rounds; and what the band sounded."""
    best, band = (np.inf, np.inf, np.inf), []
    for _ in range(rounds):
        engine = Engine.create(Settings(SAMPLE_RATE, sound_bank=read_soundfont(general_midi())))
        events, band, stop, spent = in_order(rows), [], 0.0, []
        while stop < seconds:  # in pieces, because the log has to be emptied
            piece = events[(events["frame"] >= int(stop * SAMPLE_RATE)) & (events["frame"] < int((stop + 1) * SAMPLE_RATE))]
            spent.append(run(engine, piece, np.zeros((SAMPLE_RATE, 0), "f4"), 1.0, BLOCK_FRAMES)[0])
            while len(found := engine.read_log(8192)):
                band += [tuple(event)[:6] for event in found.tolist()
                         if event[1] in (NOTE_ON, NOTE_OFF, SOUND, STRIP) and event[2] >= PLAYERS]
            stop += 1.0
        us = np.concatenate(spent[1:]) / cycles_per_us()
        best = min(best, (float(us.mean()), float(np.percentile(us, 99)), float(np.percentile(us, 99.9))))
    return *best, band


def main(quick: bool = False, folder: Path = RESULTS) -> None:
    """Measure and tell."""
    seconds, rounds = (4.0, 1) if quick else (30.0, 3)
    figures, players = {}, _players(seconds)
    for style in STYLES:
        mean_us, p99_us, worst_us, band = _cost(_leading(style, seconds) + players, seconds, rounds)
        alone_us, alone_p99_us, alone_worst_us, _ = _cost(band + players, seconds, rounds)
        figures[style] = {"accompanied_us": mean_us, "notes_alone_us": alone_us, "share": (mean_us - alone_us) / BLOCK_US,
                          "accompanied_p99_us": p99_us, "notes_alone_p99_us": alone_p99_us,
                          "accompanied_p999_us": worst_us, "notes_alone_p999_us": alone_worst_us,
                          "notes": sum(row[1] == NOTE_ON for row in band)}
    show(f"{PLAYERS} players followed and accompanied: us of a block of {BLOCK_FRAMES} frames",
         ("style", "band's notes", "all", "without", "cost", "% of a block", "p99 all", "p99 without", "p99.9 all",
          "p99.9 without", "reached"),
         [(style, f["notes"], f"{f['accompanied_us']:.2f}", f"{f['notes_alone_us']:.2f}",
           f"{f['accompanied_us'] - f['notes_alone_us']:.2f}", f"{100 * f['share']:.2f}", f"{f['accompanied_p99_us']:.1f}",
           f"{f['notes_alone_p99_us']:.1f}", f"{f['accompanied_p999_us']:.1f}", f"{f['notes_alone_p999_us']:.1f}",
           "yes" if f["share"] < MOST_SHARE else "NO") for style, f in figures.items()])
    record("accompany", figures, folder)
