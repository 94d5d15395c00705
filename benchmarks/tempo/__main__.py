"""python -m benchmarks.tempo --simulator DIR: measure the follower on simulated ensembles, print tables, draw a picture.

DIR holds ensemble_sim.py and tempo_eval.py (players by published timing models, and the measures).  Open loop: the follower
only listens, after a count-in of four beats or with a printed tempo that is wrong by 8 % (SD).  Closed loop: players hear the
follower and each other.  Material of `material.py` is independent of the simulator.
"""
import argparse
import importlib
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from imm_audio.follow import Onset, follow, make_follower

from .material import material
from .picture import draw

OPEN = ("F", "AMLt", "p35", "p70", "runaway", "recov", "wobble")
CLOSED = ("lead_asyn_ms", "group_asyn_ms", "tempo_err_pct", "wobble_pct", "runaway_pct", "drift_pct", "recover_s")
Case = dict[str, Any]


def simulated(sim: Any, seeds: Iterable[int], sizes: Iterable[int]) -> list[Case]:
    """Open-loop performances of the simulator as cases: set, id, beats, onsets, events, steady."""
    cases = []
    for scenario in sim.SCENARIOS:
        for size in sizes:
            for seed in seeds:
                played = sim.run(scenario, sim.GROUPS[size], seed)
                onsets = [Onset(t, player, strength / 127) for t, player, strength, _ in played["onsets"] if t > 0]
                cases.append({"set": f"sim_{scenario}", "id": f"n{size:02d}_s{seed}", "beats": played["grid"], "onsets": onsets,
                              "events": played["events"], "steady": scenario not in ("ritardando", "pause")})
    return cases


def measure(judge: Any, cases: list[Case], counted: bool) -> dict[str, dict[str, float]]:
    """Means of the measures by set."""
    found: dict[str, list[Any]] = {}
    for case in cases:
        period_s, taps = (None, list(case["beats"][:4])) if counted else (judge.hint(case), None)
        rows = np.array(follow(case["onsets"], period_s, taps)).reshape(-1, 3)
        found.setdefault(case["set"], []).append(judge.score(case["beats"], rows, case))
    return {name: {key: judge.mean(rows, key) for key in OPEN} for name, rows in found.items()}


def show(title: str, table: dict[str, dict[str, float]], keys: tuple[str, ...]) -> None:
    """Print a table with a line of means."""
    print(f"\n### {title}\n\n| | {' | '.join(keys)} |\n|---|{'--:|' * len(keys)}")
    means = {key: np.array([row.get(key, np.nan) for row in table.values()]) for key in keys}
    lines = [*table.items(), ("mean", {key: np.nanmean(v) if np.isfinite(v).any() else np.nan for key, v in means.items()})]
    for name, row in lines:
        cells = [f"{row[key]:.1f}" if np.isfinite(row.get(key, np.nan)) else "-" for key in keys]
        print(f"| {name} | {' | '.join(cells)} |")


def main() -> None:
    """Do it."""
    words = argparse.ArgumentParser("python -m benchmarks.tempo", description=__doc__,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--simulator", type=Path, required=True, metavar="DIR", help="ensemble_sim.py, tempo_eval.py")
    words.add_argument("--first", type=int, default=0, help="first seed  [0]")
    words.add_argument("--seeds", type=int, default=3, help="how many  [3]")
    words.add_argument("--picture", type=Path, metavar="PNG", help="draw tempo and asynchrony of one closed-loop performance")
    asked = words.parse_args()
    sys.path.insert(0, str(asked.simulator))
    sim, judge = importlib.import_module("ensemble_sim"), importlib.import_module("tempo_eval")
    seeds, sizes = range(asked.first, asked.first + asked.seeds), tuple(sim.GROUPS)
    for name, cases in (("simulated ensembles", simulated(sim, seeds, sizes)), ("like real players", material(asked.first))):
        for counted in (True, False):
            show(f"open loop, {name}, {'count-in' if counted else 'printed tempo'}", measure(judge, cases, counted), OPEN)
    show("closed loop", sim.closed_loop(make_follower, sizes, seeds=seeds), CLOSED)
    if asked.picture:
        draw(sim, asked.first, asked.picture)


if __name__ == "__main__":
    main()
