"""Plays a song with its band into a file, faster than time: the live callback, driven by hand."""
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .engine import Engine
from .kernels.music.terms import STOPPED
from .render import make_engine, write_sound
from .settings import Session
from .songs.asked import music_of
from .songs.leading import end_events, start_events
from .tunings.told import events_of_session

if TYPE_CHECKING:
    from .backing.player import Player

#: Short enough for a recording to keep to the beat.
BLOCK_FRAMES = 1024
#: The sound has died away when nothing is louder for so long.
QUIET, QUIET_S = 10.0 ** (-66.0 / 20.0), 0.5
LONGEST_TAIL_S = 10.0
#: A song that goes round is rendered so many times.
ROUNDS = 2


def play_song(session: Session, rate_hz: int, block_frames: int = BLOCK_FRAMES,
              say: Callable[[str], None] = lambda sentence: None) -> Iterator[np.ndarray]:
    """Blocks of sound, float32 (frames, 2), of the session's song from its count-in until it has died away.

    say: is told what is wrong with the recorded sounds.
    ValueError: a backing recording that can't be played.
    """
    music = music_of(session)
    assert music.form is not None, "a song was asked for"
    engine = make_engine(rate_hz, session.sounds, say)
    waiting = [*events_of_session(session, music.harmony.tonic), *music.events, *start_events(music.form, "count")]
    recording = _recording(engine, session)
    late, quiet_frames, tail_frames, begun = engine.latency_frames, 0, 0, False
    end_beat = ROUNDS * sum(beats for _, beats in music.form.sections) if music.form.again else np.inf
    while quiet_frames < QUIET_S * rate_hz and tail_frames < LONGEST_TAIL_S * rate_hz:
        while waiting and engine.push(*waiting[0]):
            waiting.pop(0)
        if recording:
            recording.advance()
        sound = engine.process(None, block_frames)
        form = engine.state["form"]
        begun = begun or form["mode"] != STOPPED
        if float(engine.state["transport"]["beats"]) >= end_beat:
            waiting, end_beat = end_events(), np.inf
        if begun and not waiting and form["mode"] == STOPPED:
            tail_frames += block_frames
            quiet_frames = quiet_frames + block_frames if np.abs(sound).max() < QUIET else 0
        yield sound[late:]
        late = 0


def _recording(engine: Engine, session: Session) -> "Player | None":
    """What stretches the backing recording, when there is one."""
    if not session.backing:
        return None
    from .backing.preparing import prepare
    from .backing.recording import BadRecording

    try:
        return prepare(engine, Path(session.backing))
    except BadRecording as error:
        raise ValueError(str(error)) from None


def song_seconds(session: Session) -> float:
    """About how long the file will be."""
    music = music_of(session)
    assert music.form is not None, "a song was asked for"
    beats = sum(beats for _, beats in music.form.sections) * (ROUNDS if music.form.again else 1)
    return beats * 60.0 / (music.tempo_bpm or 100.0)


def render_song(session: Session, out: Path, rate_hz: int,
                progress: Callable[[float], None] = lambda share: None,
                say: Callable[[str], None] = lambda sentence: None) -> tuple[float, float]:
    """Render the session's song to a 24-bit WAV; returns its length [s] and highest peak [linear].

    say: is told what is wrong with the recorded sounds.
    ValueError when there is something wrong with the song, OSError when the file can't be written.
    """
    whole, done = song_seconds(session), 0

    def blocks() -> Iterator[np.ndarray]:
        nonlocal done
        for block in play_song(session, rate_hz, say=say):
            yield block
            done += len(block)
            progress(min(done / rate_hz / whole, 1.0))

    peak = write_sound(out, rate_hz, blocks(), int(whole * rate_hz))
    return done / rate_hz, peak
