"""MIDI files become events stamped with exact frames.

Source: Standard MIDI Files 1.0 (RP-001).  Chunks are told apart here, because mido refuses files with chunks of other
kinds and cannot say which track is broken; the tracks themselves are read by mido.
"""
import io
import struct
from pathlib import Path

import mido
import numpy as np

from ..kernels.engine.events import NOTE_ON
from ..kernels.rt.ring import EVENT
from .midi_port import Event, MidiPort
from .midi_stream import MidiStream
from .midi_tuning import BadTuning, key_events, parse_tuning

#: What rings on after the last event.
TAIL_S = 3.0
#: Longer than any concert: beyond this a file is broken, and rendering it would fill the disk.
LONGEST_S = 12 * 3600.0
_BEAT_S = 0.5  # until a file says otherwise
#: Start of system exclusive messages that begin anew: General MIDI 1, off, 2; Roland GS; Yamaha XG.  None: any number.
_RESETS = ((0x7E, None, 9, 1), (0x7E, None, 9, 2), (0x7E, None, 9, 3), (0x41, None, 0x42, 0x12, 0x40, 0, 0x7F, 0),
           (0x43, None, 0x4C, 0, 0, 0x7E, 0))


def _is_reset(data: tuple[int, ...]) -> bool:
    return any(len(data) >= len(reset) and all(a in (b, None) for a, b in zip(reset, data, strict=False))
               for reset in _RESETS)


def _tuning(data: tuple[int, ...]) -> list[Event]:
    """A tuning that a file brings; a broken one is left out."""
    try:
        found = parse_tuning(data)
    except BadTuning:
        return []
    return key_events(found[0]) if found else []


def _tracks(name: str, content: bytes) -> tuple[float, bool, list[bytes]]:
    """(ticks a beat or a second, True when a second, chunk of each track)."""
    if not content:
        raise ValueError(f"{name} is empty.")
    if content[:4] == b"RIFF" and content[8:12] == b"RMID":
        content = content[20:]
    if content[:4] != b"MThd":
        raise ValueError(f"{name} is not a MIDI file.")
    if len(content) < 14:
        raise ValueError(f"{name} is cut off in its first line; nothing of it can be played.")
    size, kind, count, division = struct.unpack(">IHHh", content[4:14])
    if kind > 1:
        raise ValueError(f"{name} is of format {kind}, a set of separate patterns; only formats 0 and 1 can be played.")
    frames, ticks = -(division >> 8), float(division)
    if division < 0:
        ticks = (division & 255) * (30000 / 1001 if frames == 29 else frames)
    if ticks <= 0.0:
        raise ValueError(f"{name} is damaged: it does not say how long a beat is.")
    found: list[bytes] = []
    at = 8 + size
    while at + 8 <= len(content):
        end = at + 8 + int.from_bytes(content[at + 4:at + 8], "big")
        if content[at:at + 4] == b"MTrk":
            if end > len(content):
                raise ValueError(f"{name} is cut off in track {len(found) + 1} of {count}; nothing of it is played.")
            found.append(content[at:end])
        at = end
    if len(found) < count:
        raise ValueError(f"{name} is cut off after track {len(found)} of {count}; nothing of it is played.")
    return ticks, division < 0, found


def _messages(name: str, number: int, track: bytes) -> list[tuple[int, mido.Message]]:
    """(tick, message) of a track, in order."""
    header = struct.pack(">4sIHHH", b"MThd", 6, 0, 1, 480)
    try:
        read = mido.MidiFile(file=io.BytesIO(header + track), clip=True).tracks[0]
    except Exception as error:  # mido raises what it stumbles over
        raise ValueError(f"{name} is damaged in track {number}; nothing of it is played.") from error
    tick, found = 0, []
    for message in read:
        tick += message.time
        found.append((tick, message))
    return found


def read_performance(path: str | Path, sample_rate: float) -> tuple[np.ndarray, float]:
    """Read a MIDI file of format 0 or 1: (EVENT array in order of frames, seconds until the last sound has gone).

    Channel n plays as player n, channel 10 its drums.  ValueError, one plain sentence, when it cannot be played.
    """
    name = Path(path).name
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"{name} can't be read: {error.strerror}.") from error
    ticks, in_seconds, tracks = _tracks(name, content)
    messages = [item for number, track in enumerate(tracks, 1) for item in _messages(name, number, track)]
    messages.sort(key=lambda item: item[0])  # stable: tracks stay in order within a tick
    tick_s = 1.0 / ticks if in_seconds else _BEAT_S / ticks
    stream, port = MidiStream(), MidiPort(None)
    rows: list[tuple[int, int, int, int, float, float, int]] = []
    seconds, before, notes = 0.0, 0, False
    for tick, message in messages:
        seconds += (tick - before) * tick_s
        before = tick
        events: list[Event] = []
        if not message.is_meta and message.type != "sysex":
            for decoded in stream.feed(message.bytes()):
                events += port.message(*decoded)
        elif message.type == "sysex" and _is_reset(message.data):
            events = port.reset()
        elif message.type == "sysex":
            events = _tuning(message.data)
        elif message.type == "set_tempo" and not in_seconds:
            tick_s = message.tempo * 1e-6 / ticks
        frame = round(seconds * sample_rate)
        for kind, player, channel, key, value in events:
            rows.append((frame, kind, player, channel, key, value, len(rows)))
            notes = notes or kind == NOTE_ON
    if not notes:
        raise ValueError(f"{name} holds no notes.")
    end_s = rows[-1][0] / sample_rate + TAIL_S
    if end_s > LONGEST_S:
        raise ValueError(f"{name} would last {end_s / 3600:.0f} hours; at most {LONGEST_S / 3600:.0f} can be played.")
    return np.array(rows, EVENT), end_s
