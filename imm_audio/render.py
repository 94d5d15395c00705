"""Plays a performance into a file, faster than time: the live callback, driven by hand."""
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import soundfile

from .engine import Engine, Settings
from .inputs.controls import Event
from .inputs.midi_file import read_performance
from .inputs.midi_port import PERCUSSION
from .kernels.engine.events import SOUND
from .kernels.engine.state import FROM_INPUTS
from .kernels.rt.ring import EVENT
from .kernels.voices.part import CHANNELS, PLAYERS
from .soundfont import load_sounds

BLOCK_FRAMES = 4096
#: Stereo in 24 bit; and what the 32 bits of a WAV header can count, less the header.
BYTES_PER_FRAME, WAV_BYTES = 6, 2 ** 32 - 4096


def render(engine: Engine, events: np.ndarray, frames: int, block_frames: int = BLOCK_FRAMES) -> Iterator[np.ndarray]:
    """Blocks of sound, float32 (frames, 2), of `events` (EVENT array by frame, 0 is now), look-ahead taken off."""
    pushed, rows = 0, events.tolist()
    late, now = engine.latency_frames, engine.frame
    total = frames + late
    for start in range(0, total, block_frames):
        stop = start + block_frames
        while pushed < len(rows) and rows[pushed][0] < stop:
            frame, kind, player, channel, key, value = rows[pushed][:6]
            if not engine.push(kind, player, channel, key, value, frame=now + frame, ring=FROM_INPUTS):
                break  # the ring is full: the engine takes some out in the next block
            pushed += 1
        block = engine.process(None, block_frames)[:total - start]
        yield block[max(late - start, 0):]


def write_sound(out: Path, rate_hz: int, blocks: Iterable[np.ndarray], frames: int) -> float:
    """Write blocks of float32 (frames, 2) to a 24-bit WAV that will hold about `frames`; returns the highest peak [linear].

    OSError when it can't be written.
    """
    kind, peak = "RF64" if frames * BYTES_PER_FRAME > WAV_BYTES else "WAV", 0.0
    try:
        with soundfile.SoundFile(out, "w", rate_hz, 2, "PCM_24", format=kind) as file:
            for block in blocks:
                file.write(block)
                peak = max(peak, float(np.abs(block).max(initial=0.0)))
    except soundfile.LibsndfileError as error:
        raise OSError(f"{out}: can't be written ({error.error_string.rstrip('.')}).") from error
    return peak


def make_engine(rate_hz: int, sounds: Path | str | None, say: Callable[[str], None]) -> Engine:
    """An engine of this process; sounds: a SoundFont file, None: the General MIDI set; say: told what is wrong with it."""
    bank, remarks = load_sounds(sounds)
    for sentence in remarks:
        say(sentence)
    return Engine.create(Settings(float(rate_hz), sound_bank=bank))


def render_file(performance: Path, out: Path, rate_hz: int,
                progress: Callable[[float], None] = lambda share: None, first: Sequence[Event] = (),
                voice: tuple[int, int] | None = None, sounds: Path | None = None,
                say: Callable[[str], None] = lambda sentence: None) -> tuple[float, float]:
    """Render a MIDI file to a 24-bit WAV; returns its length [s] and highest peak [linear].

    first: said to the engine before.  voice: model and program of what all keyboards of the file play; None: as it says.
    sounds: a SoundFont file; None: the General MIDI set.  say: is told what is wrong with it.

    ValueError when the performance can't be read, OSError when the file can't be written.
    """
    events, seconds = read_performance(performance, rate_hz)
    engine = make_engine(rate_hz, sounds, say)
    if voice is not None:
        events = events[(events["kind"] != SOUND) | (events["channel"] == PERCUSSION)]
        first = [*first, *((SOUND, player, channel, *map(float, voice)) for player in range(PLAYERS)
                           for channel in range(CHANNELS) if channel != PERCUSSION)]
    events = np.concatenate([np.array([(0, *event, 0) for event in first], EVENT), events])
    frames = int(seconds * rate_hz)

    def blocks() -> Iterator[np.ndarray]:
        done = 0
        for block in render(engine, events, frames):
            yield block
            done += len(block)
            progress(done / frames)

    return seconds, write_sound(out, rate_hz, blocks(), frames)
