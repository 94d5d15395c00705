"""What the terminal shows while a session runs: who plays, how loud, the beat, the take, and the newest words."""
import sys
import time
from collections import deque
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from .block import PROBLEM, WARNING, Listener, text_of

if TYPE_CHECKING:
    from .engine import Engine

METER_CELLS, METER_FLOOR_DB = 24, -48.0
NEWS_LINES = 6
MICROPHONES = 16
STYLES = {WARNING: "yellow", PROBLEM: "bold red"}


def meter(level: float) -> str:
    """A bar for a linear peak level: full at 0 dBFS, empty below -48."""
    level_db = 20.0 * np.log10(max(level, 1e-6))
    cells = round((1.0 - level_db / METER_FLOOR_DB) * METER_CELLS)
    filled = min(max(cells, 0), METER_CELLS)
    return "#" * filled + "." * (METER_CELLS - filled)


def words_for_time(seconds: float) -> str:
    """1:02:03 or 2:03."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class View:
    """The screen of one session."""

    def __init__(self, engine: "Engine"):
        self._engine = engine
        self._listener = Listener(engine.header)
        self._news: deque[Text] = deque(maxlen=NEWS_LINES)

    @staticmethod
    def is_picture(console: Console) -> bool:
        """True where a picture can be kept up to date; elsewhere people read lines."""
        return console.is_terminal and sys.stdout.isatty()

    def news(self) -> list[Text]:
        """What was said since the last call, as lines to print."""
        lines = [Text(f"{time.strftime('%H:%M', time.localtime(at))}  {text}", STYLES.get(level, ""))
                 for at, level, text in self._listener.news()]
        self._news.extend(lines)
        return lines

    def screen(self, song: str, hint: str, desk: str = "") -> Group:
        """The whole picture; `song` says where the song is, `desk` where the pages are, `hint` is the last line."""
        self.news()
        lines = [Text(text, "bold") for text in (desk, song) if text]
        return Group(self._title(), self._beat(), *lines, self._strips(), self._take(), *self._news, Text(hint, "dim"))

    def _title(self) -> Text:
        header = self._engine.header
        return Text(f"Sound: {text_of(header['device'])}, {float(header['delay_ms']):.0f} ms from touch to sound", "bold")

    def _beat(self) -> Text:
        transport, voices = self._engine.state["transport"], int(self._engine.state["voices"])
        form = self._engine.state["form"]
        pulse = float(form["pulse_beats"])
        bar = max(round(float(form["meter_beats"]) / pulse), 1)
        beat = int((float(transport["beats"]) - float(form["origin_beat"])) // pulse) % bar
        dots = " ".join("(O)" if i == beat else " o " for i in range(bar))
        bpm = float(transport["tempo_bpm"]) / pulse
        return Text(f"Beat: {dots}  {bpm:.0f} a minute{self._followed()}, {voices} notes sounding")

    def _followed(self) -> str:
        """Whether the beat follows anybody, and how sure it is."""
        conductor = self._engine.state["conductor"]
        if not conductor["led"]:
            return ""
        follower = conductor["follower"]
        if not follower["onsets"]:
            return " (listening for players)"
        sure = float(follower["confidence"])
        return f" (following, {'sure' if sure > 0.6 else 'listening' if sure > 0.3 else 'not sure'})"

    def _strips(self) -> Table:
        header, state = self._engine.header, self._engine.state
        levels = np.concatenate([group["meter"] for group in state["mixer"]["strips"]])
        table = Table.grid(padding=(0, 2))
        for m in range(int(state["input_channels"])):
            table.add_row(text_of(header["microphones"][m]) or f"Microphone {m + 1}", meter(float(levels[m])))
        for p in range(16):
            name = text_of(header["players"][p])
            if name:
                table.add_row(name, meter(float(levels[MICROPHONES + p])))
        return table

    def _take(self) -> Text:
        take = self._engine.header["take"]
        if not bytes(take["folder"]):
            return Text("Not recording")
        seconds = (int(take["next_frame"]) - int(take["start_frame"])) / self._engine.sample_rate
        name = text_of(take["folder"]).replace("\\", "/").rpartition("/")[2]
        state = self._engine.state
        kept = " with microphones" if state["keep_microphones"] else " without microphones" if state["input_channels"] else ""
        return Text(f'Recording "{name}"{kept}: {words_for_time(max(seconds, 0.0))}', "bold red")
