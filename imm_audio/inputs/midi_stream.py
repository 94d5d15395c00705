"""Bytes of one MIDI port become messages, however they are cut and whatever is between them.

Source: MIDI 1.0 Detailed Specification 4.2, "Data Format": running status lasts until the next status byte below 0xF8;
real-time bytes (0xF8 .. 0xFF) may stand anywhere, even inside a message; anything but those ends a system exclusive.

mido's parser is not used here: it forgets the status after every message (no running status) and drops a message with a
real-time byte inside, and it makes an object of each message.
"""
from collections import deque
from collections.abc import Iterable

NOTE_OFF, NOTE_ON, POLY_PRESSURE, CONTROL, PROGRAM, CHANNEL_PRESSURE, PITCH_BEND = range(0x80, 0xF0, 0x10)
SYSTEM_RESET = 0xFF
_SYSEX, _SYSEX_END, _REAL_TIME = 0xF0, 0xF7, 0xF8

#: Data bytes that follow each status byte; everything else has none.
_NEEDED = [0] * 256
for _status in range(0x80, 0xF0):
    _NEEDED[_status] = 1 if 0xC0 <= _status < 0xE0 else 2
_NEEDED[0xF1], _NEEDED[0xF2], _NEEDED[0xF3] = 1, 2, 1  # time code, song position, song select: read and forgotten

#: System exclusives that wait at most, and bytes of one; longer ones are skipped, as samples and updates are.
MOST_EXCLUSIVES, MOST_EXCLUSIVE_BYTES = 16, 1024

#: status (without channel; 0xFF: system reset), channel, data, data.  A note-on with velocity 0 comes as note-off.
Message = tuple[int, int, int, int]


class MidiStream:
    """The state of one port between two pieces of its bytes."""

    def __init__(self) -> None:
        self.ignored = 0      # bytes that belonged to no message
        self._status = 0      # running status; 0: none
        self.exclusives: deque[bytes] = deque(maxlen=MOST_EXCLUSIVES)   # between F0 and F7; whoever wants them takes them out
        self._inside = bytearray()
        self._first = -1      # first data byte of a message that waits for its second

    def feed(self, data: Iterable[int]) -> list[Message]:
        """Messages that end within `data` (bytes or numbers 0 .. 255).  Never raises."""
        found: list[Message] = []
        status, first = self._status, self._first
        for byte in data:
            if byte < 0x80:
                needed = _NEEDED[status]
                if needed == 0:
                    if status != _SYSEX:
                        self.ignored += 1
                    elif len(self._inside) <= MOST_EXCLUSIVE_BYTES:
                        self._inside.append(byte)
                    continue
                if needed == 2:
                    if first < 0:
                        first = byte
                        continue
                    one, two = first, byte
                    first = -1
                else:
                    one, two = byte, 0
                if status >= 0xF0:
                    status = 0
                elif two == 0 and status & 0xF0 == NOTE_ON:
                    found.append((NOTE_OFF, status & 15, one, 64))
                else:
                    found.append((status & 0xF0, status & 15, one, two))
            elif byte >= _REAL_TIME:
                if byte == SYSTEM_RESET:
                    found.append((SYSTEM_RESET, 0, 0, 0))
                    status, first = 0, -1
            else:
                if first >= 0:
                    self.ignored += 1
                    first = -1
                if byte == _SYSEX:
                    self._inside.clear()
                elif byte == _SYSEX_END and status == _SYSEX and len(self._inside) <= MOST_EXCLUSIVE_BYTES:
                    self.exclusives.append(bytes(self._inside))
                status = 0 if byte == _SYSEX_END else byte
        self._status, self._first = status, first
        return found
