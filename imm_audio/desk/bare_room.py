"""A room that only answers, until the real one is there."""
from datetime import UTC, datetime

from ..room.commands import Answer
from ..room.model import RoomFile


class Room:
    def __init__(self, engine, places, leader, session):
        self._file = RoomFile(id="0123456789abcdef", started=datetime.now(UTC).isoformat())
        self._session, self.version = session, 1

    def look(self):
        pass

    def do(self, command, who):
        if command.do == "join":
            return Answer(more={"seat": 15})
        return Answer(ok=False, say="Not yet.")

    def document(self):
        return self._file.model_dump(by_alias=True) | {
            "seats": [], "microphones": [], "song": None, "takes": [], "warnings": [], "calls": [], "undo": "",
            "keepable_s": 0.0, "ended": False, "volume_db": 0.0, "folder": self._session.folder}

    def close(self):
        pass
