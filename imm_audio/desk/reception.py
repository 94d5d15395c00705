"""The parent's end of the line: what pages ask for is carried out by the room, what changed there is told to the pages."""
import contextlib
import queue
import subprocess
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import ValidationError

from .line import Line, Message

if TYPE_CHECKING:
    from ..room.commands import Answer, AnyCommand

#: A room that changes by itself is told at most so often; what somebody asked for is told at once.
TELL_S = 0.1


class Room(Protocol):
    """What is needed of `imm_audio.room.room.Room`."""

    version: int

    def do(self, command: "AnyCommand", who: str) -> "Answer":
        """Carry out."""

    def document(self) -> dict[str, Any]:
        """Everything pages may see."""


class DeskLine:
    """The line to the desk process, whichever there is at the moment."""

    def __init__(self) -> None:
        self._asked: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._line: Line | None = None
        self.begun = 0                    # how many desk processes there were: each has to be told everything

    def join(self, process: "subprocess.Popen[str]") -> None:
        """Talk to this one from now on."""
        assert process.stdin
        assert process.stdout
        self._line = Line(process.stdout, process.stdin, self._asked.put, lambda: None).start()
        self.begun += 1

    def asked(self) -> list[Message]:
        """What was asked since the last call."""
        found = []
        with contextlib.suppress(queue.Empty):
            while True:
                found.append(self._asked.get_nowait())
        return found

    def say(self, message: Message, replaces: str = "") -> None:
        """Tell it something; nothing happens while there is none."""
        if self._line:
            self._line.say(message, replaces)


class Reception:
    """Call `round` as often as answers should come."""

    def __init__(self, room: Room, line: DeskLine):
        self._room, self._line = room, line
        self._begun, self._told, self._next_s = 0, -1, 0.0
        self._pages: set[str] = set()     # that joined through the present desk process

    def round(self, now_s: float) -> None:
        """Carry out what was asked, and tell what changed."""
        for message in self._line.asked():
            answer = self._carry_out(message)
            self._tell(now_s)  # whoever hears the answer sees what came of it
            if isinstance(number := message.get("n"), int):
                self._line.say({"answer": number, **answer.model_dump()})
        if self._line.begun != self._begun:
            self._begun, self._told, self._next_s = self._line.begun, -1, now_s
            self._all_gone()
        if now_s >= self._next_s:
            self._tell(now_s)

    def _carry_out(self, message: Message) -> "Answer":
        from ..room.commands import INTERNAL, Answer, Command, Join

        who = str(message.get("who", ""))
        try:
            command = Command.validate_python(message.get("command"))
        except ValidationError:
            return Answer(ok=False, say="That was not understood.")
        if (command.do in INTERNAL) != (who == "desk"):
            return Answer(ok=False, say="That can't be asked from here.")
        if isinstance(command, Join):
            self._pages.add(command.page)
        return self._room.do(command, who)

    def _all_gone(self) -> None:
        """Another desk process: no page is connected now, and those that come back say so."""
        from ..room.commands import Desks, Leave

        for page in self._pages:
            self._room.do(Leave(do="leave", page=page), "desk")
        self._pages.clear()
        self._room.do(Desks(do="desks", count=0), "desk")

    def _tell(self, now_s: float) -> None:
        if self._room.version != self._told:
            self._told, self._next_s = self._room.version, now_s + TELL_S
            self._line.say({"room": self._room.document()}, replaces="room")
