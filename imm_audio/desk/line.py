"""The line between the session's parent and its desk: a JSON object a line, each way, read and written by threads.

Neither side ever waits for the other: what can't be written yet is kept, and of things that replace each other, as a whole
room does, only the newest.
"""
import contextlib
import json
import threading
from collections.abc import Callable
from typing import IO, Any

Message = dict[str, Any]


class Line:
    """One side of it.

    `heard` is called by the reading thread with each message, `ended` once when the other side is gone.
    """

    def __init__(self, source: IO[str], sink: IO[str], heard: Callable[[Message], None], ended: Callable[[], None]):
        self._source, self._sink, self._heard, self._ended = source, sink, heard, ended
        self._waiting: list[tuple[str, Message]] = []     # what it is ("": never replaced), message
        self._change, self._closed = threading.Condition(), False

    def start(self) -> "Line":
        """Begin to read and write."""
        for work in (self._read, self._write):
            threading.Thread(target=work, name=f"desk's line, {work.__name__}", daemon=True).start()
        return self

    def say(self, message: Message, replaces: str = "") -> None:
        """Send; with `replaces` instead of what waits under the same name."""
        with self._change:
            if replaces:
                self._waiting = [waiting for waiting in self._waiting if waiting[0] != replaces]
            self._waiting.append((replaces, message))
            self._change.notify()

    def close(self) -> None:
        """Say no more; the other side sees the end."""
        with self._change:
            self._closed = True
            self._change.notify()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # ValueError: closed meanwhile
            for text in self._source:
                with contextlib.suppress(json.JSONDecodeError):
                    if isinstance(message := json.loads(text), dict):
                        self._heard(message)
        self._ended()

    def _write(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while True:
                with self._change:
                    self._change.wait_for(lambda: self._waiting or self._closed)
                    messages, self._waiting = self._waiting, []
                    if not messages:
                        break
                for _, message in messages:
                    self._sink.write(json.dumps(message, ensure_ascii=False) + "\n")
                self._sink.flush()
        with contextlib.suppress(OSError, ValueError):
            self._sink.close()
