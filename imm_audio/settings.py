"""What a session was asked to do: made by the command line, read by every process of it."""
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

import platformdirs

RATE_RANGE_HZ = (44100, 96000)
BLOCK_RANGE_FRAMES = (16, 512)
#: Exit status of the engine process when sound could not start; why is the last line of its standard output.
CANNOT_START = 3


def default_session() -> Path:
    """Where takes go when nobody says otherwise."""
    return platformdirs.user_documents_path() / "imm_audio"


def own_folder() -> Path:
    """What people made themselves lies here, in controllers/, instruments/ and people/; files here win over shipped ones."""
    return Path(os.environ.get("IMM_AUDIO_FOLDER") or platformdirs.user_data_path("imm_audio", appauthor=False))


@dataclass(frozen=True)
class Session:
    """Everything that one run of the program was asked for."""

    audio_device: str | None = None   # None: the system's; "null": none
    rate_hz: int | None = None        # None: the device's
    block_frames: int = 0             # 0: the host's own, which costs least
    inputs: int | None = None         # None: all of the interface, none of a laptop
    midi: tuple[str, ...] = ()        # patterns; empty: every port
    folder: str = field(default_factory=lambda: str(default_session()))
    take: str | None = None           # record from the start under this name
    record_microphones: bool = False
    seconds: float | None = None      # None: until somebody ends it
    stats: str | None = None          # JSON file written at the end

    def __post_init__(self) -> None:
        low, high = RATE_RANGE_HZ
        if self.rate_hz is not None and not low <= self.rate_hz <= high:
            raise ValueError(f"--rate: {self.rate_hz} Hz, {low} to {high} are possible.")
        low, high = BLOCK_RANGE_FRAMES
        if self.block_frames and not low <= self.block_frames <= high:
            raise ValueError(f"--block: {self.block_frames} frames, {low} to {high} are possible.")
        if self.inputs is not None and not 0 <= self.inputs <= 16:
            raise ValueError(f"--inputs: {self.inputs}, 0 to 16 are possible.")
        if self.seconds is not None and not self.seconds > 0:
            raise ValueError(f"--seconds: {self.seconds:g}, more than 0 is possible.")

    def to_json(self) -> str:
        """As text for another process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Session":
        """Back from text."""
        found = json.loads(text)
        return cls(**{**found, "midi": tuple(found["midi"])})
