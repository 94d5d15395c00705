"""What the tests of takes share: an engine driven by hand and players that sound at known frames."""
import json
from pathlib import Path

import numpy as np
import soundfile

from imm_audio.block import Listener
from imm_audio.engine import Engine, Settings, events
from imm_audio.kernels.voices.part import PLUCK

RATE = 8000  # keeps rings small; nothing here depends on the rate


class Ensemble:
    """An engine, a session folder, and a hand that drives them."""

    def __init__(self, session: Path, name: str | None = None, **settings):
        self.engine = Engine.create(Settings(sample_rate=RATE, **settings), name)
        self.name, self.session = name or "", session
        self.take_state = self.engine.header["take"]
        self.engine.header["session"] = str(session).encode()
        self.engine.header["players"][0], self.engine.header["players"][1] = b"Rosa", "Jürgen".encode()
        for player in range(16):
            self.engine.push(events.SOUND, player, 0, PLUCK, 0)

    def play(self, *notes: tuple[int, int]) -> None:
        """Notes as (player, frame)."""
        for player, frame in notes:
            self.engine.push(events.NOTE_ON, player, 0, 50.0 + player, 0.5, frame=frame)

    def drive(self, frames: int, loudness: float = 0.0) -> None:
        """Let time pass; with `loudness` the microphones hear noise."""
        channels = int(self.engine.state["input_channels"])
        random = np.random.default_rng(self.engine.frame)
        for _ in range(frames // 80):
            self.engine.process((loudness * random.uniform(-1, 1, (80, channels))).astype("f4"), 80)

    @property
    def folder(self) -> Path:
        """Of the newest take."""
        return max((self.session / "takes").iterdir(), key=lambda path: path.stat().st_ctime_ns)

    def notices(self) -> str:
        return "\n".join(text for _, _, text in Listener(self.engine.header).news())


def sounds(folder: Path) -> dict[str, np.ndarray]:
    """All sound files of a take: 24-bit numbers, int32 (frames, 2)."""
    return {path.name: soundfile.read(path, dtype="int32")[0] >> 8 for path in folder.glob("*.wav")}


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a take but take.json, as they are on disk."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "take.json"}


def facts(folder: Path) -> dict:
    return json.loads((folder / "take.json").read_text("utf-8"))


def lines(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
