"""Does memory stay steady?  The real program on the null device, played without a pause, its processes weighed."""
import time
from pathlib import Path
from typing import Any

import numpy as np

from imm_audio.engine import Engine
from imm_audio.kernels.engine.events import NOTE_OFF, NOTE_ON
from imm_audio.kernels.engine.state import FROM_DESK
from imm_audio.kernels.voices.part import PLAYERS

from .results import RESULTS, record, show
from .startup import session

#: Growth is counted from here on: until then pages are touched for the first time.
SETTLED_S = 60.0
MOST_MB = 5.0
NOTES_S = 20.0


class _Hands:
    """Random notes of all players, some drums among them; each is let go before the next of its player."""

    def __init__(self, engine: Engine):
        self._engine, self._random = engine, np.random.default_rng(1)
        self._held: dict[int, int] = {}

    def play(self, notes: int) -> None:
        for player in self._random.integers(0, PLAYERS, notes):
            channel = 9 if player % 4 == 3 else 0
            if player in self._held:
                self._engine.push(NOTE_OFF, player, channel, self._held[player], ring=FROM_DESK)
            self._held[player] = key = int(self._random.integers(36, 84))
            self._engine.push(NOTE_ON, player, channel, key, self._random.uniform(0.2, 1.0), ring=FROM_DESK)


def measure(seconds: float, settled_s: float, every_s: float) -> dict[str, Any]:
    """Weigh every process for `seconds` after sound began; growth since `settled_s` [MB]."""
    weights: list[tuple[float, dict[str, dict[str, float]]]] = []
    with session("--seconds", str(seconds + 30.0)) as running:
        hands, began_s, next_s = _Hands(running.engine), time.monotonic(), 0.0
        while (now_s := time.monotonic() - began_s) < seconds:
            hands.play(int(NOTES_S * 0.1))
            if now_s >= next_s:
                next_s += every_s
                weights.append((now_s, running.memory_mb()))
            time.sleep(0.1)
        applied = int(running.engine.state["applied"])
    settled = [mb for at_s, mb in weights if at_s >= settled_s] or [weights[-1][1]]
    processes = {}
    for name, mb in settled[0].items():
        later = [w[name] for w in settled if name in w]
        processes[name] = {
            "first": next(w[name]["resident"] for _, w in weights if name in w), "settled": mb["resident"],
            "last": later[-1]["resident"], "growth": max(w["resident"] for w in later) - mb["resident"],
            "own_growth": max(w["own"] for w in later) - mb["own"]}
    return {"seconds": seconds, "settled_s": settled_s, "events": applied, "processes": processes}


def main(quick: bool = False, folder: Path = RESULTS, minutes: float = 10.0) -> None:
    """Measure, show, record."""
    figures = measure(1.0, 0.5, 0.4) if quick else measure(60.0 * minutes, min(SETTLED_S, 30.0 * minutes), 5.0)
    names = ("first", "settled", "last", "growth", "own_growth")
    show(f"Resident memory over {figures['seconds'] / 60:.3g} minutes of playing: MB",
         ("process", "at first", f"after {figures['settled_s']:.0f} s", "at last", "most growth", "of its own", "at most"),
         [(process, *(mb[name] for name in names), MOST_MB) for process, mb in figures["processes"].items()],
         f"growth: highest since {figures['settled_s']:.0f} s; {figures['events']} events were played")
    record("memory", figures, folder)
