"""How much faster than time a long MIDI file is rendered: piano with pedal, bass and drums, made up by a formula."""
import tempfile
import time
from pathlib import Path

import mido

from imm_audio.render import render_file

from .results import RESULTS, record, show
from .workloads import SAMPLE_RATE

MINUTES = 10.0
AT_LEAST = 100.0
TICKS, BPM, BEATS = 480, 120, 4
ROOTS = (48, 45, 41, 43)  # C Am F G
PIANO, BASS, DRUMS = 0, 1, 9


def performance(path: Path, minutes: float) -> int:
    """Write the file; how many notes it has.  Piano: 8 notes a second and chords of four; bass: 4; drums: 8."""
    eighth, bars = TICKS // 2, max(int(minutes * BPM / BEATS), 1)
    rows: list[tuple[int, mido.Message]] = [(0, mido.Message("program_change", channel=BASS, program=33))]

    def note(start: int, length: int, channel: int, key: int, velocity: int) -> None:
        rows.append((start, mido.Message("note_on", channel=channel, note=key, velocity=velocity)))
        rows.append((start + length, mido.Message("note_off", channel=channel, note=key)))

    def pedal(at: int, value: int) -> None:
        rows.append((at, mido.Message("control_change", channel=PIANO, control=64, value=value)))

    for bar in range(bars):
        root, start = ROOTS[bar % len(ROOTS)], bar * BEATS * TICKS
        third = 3 if root == 45 else 4
        pedal(start, 0)
        pedal(start + 20, 127)
        for beat in (0, 2):
            for step in (0, third, 7, 12):
                note(start + beat * TICKS, 2 * TICKS - 10, PIANO, root + step, 60 + 3 * step)
        for i in range(2 * BEATS * 2):
            note(start + i * eighth // 2, eighth // 2 - 5, PIANO, root + 24 + (0, third, 7, 12)[(i * 3 + bar) % 4], 50 + i * 4)
        for i in range(2 * BEATS):
            note(start + i * eighth, eighth - 10, BASS, root - 12 + (0, 0, 7, 12)[i % 4], 90)
            note(start + i * eighth, 60, DRUMS, 42, 60 + 20 * (i % 2))
            note(start + i * eighth + eighth // 2, 60, DRUMS, 42, 50)
        for beat, key in ((0, 36), (1, 38), (2, 36), (3, 38)):
            note(start + beat * TICKS, 60, DRUMS, key, 100)
    rows.sort(key=lambda row: row[0])
    track, before = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(BPM), time=0)]), 0
    for tick, message in rows:
        track.append(message.copy(time=tick - before))
        before = tick
    mido.MidiFile(ticks_per_beat=TICKS, tracks=[track]).save(path)
    return sum(message.type == "note_on" for _, message in rows)


def measure(minutes: float) -> dict[str, float]:
    """Render once: seconds of music, seconds taken (wall and processor)."""
    with tempfile.TemporaryDirectory() as folder:
        performed, out = Path(folder) / "performance.mid", Path(folder) / "out.wav"
        performance(performed, 0.01)
        render_file(performed, out, SAMPLE_RATE)  # what happens only once
        notes = performance(performed, minutes)
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        seconds, peak = render_file(performed, out, SAMPLE_RATE)
        taken_s, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
    return {"seconds": seconds, "notes": notes, "taken_s": taken_s, "cpu_s": cpu_s, "times_real_time": seconds / taken_s,
            "peak": peak}


def main(quick: bool = False, folder: Path = RESULTS) -> None:
    """Measure, show, record."""
    figures = measure(0.05 if quick else MINUTES)
    show("Rendering a MIDI file into a WAV file", ("music s", "notes", "taken s", "processor s", "times real time", "at least"),
         [(figures["seconds"], figures["notes"], figures["taken_s"], figures["cpu_s"], figures["times_real_time"], AT_LEAST)])
    record("render", figures, folder)
