"""A picture of one closed-loop performance: tempo curve and how far each player is from the clock."""
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

from imm_audio.follow import make_follower

matplotlib.use("Agg")
from matplotlib import pyplot as plt


def draw(sim: Any, seed: int, to: Path, scenarios: tuple[str, ...] = ("steady", "ritardando", "pause", "slow_leader")) -> None:
    """Draw six players in some scenarios of the simulator into a PNG file."""
    figure, axes = plt.subplots(2, len(scenarios), figsize=(5 * len(scenarios), 7), sharex="col")
    for (tempo, apart), scenario in zip(axes.T, scenarios, strict=True):
        played = sim.run(scenario, sim.GROUPS[6], seed, make_follower(sim.nominal(scenario)))
        beats = np.array([time for time, _ in played["beats"]])
        tempo.plot(played["grid"], 60 / played["periods"], "k--", label="meant by the leader")
        tempo.plot(beats[1:], 60 / np.diff(beats), label="clock")
        tempo.set(title=scenario, ylabel="beats a minute", ylim=(50, 140))
        tempo.legend()
        for player, profile in enumerate(played["group"]):
            taps = np.array([time for time, who in played["taps"] if who == player and beats[0] < time < beats[-1]])
            near = np.array([time - beats[np.argmin(np.abs(beats - time))] for time in taps])
            apart.plot(taps, 1000 * near, ".", markersize=4, label=profile + (" (leads)" if player == played["lead"] else ""))
        apart.set(xlabel="s", ylabel="ms after the clock", ylim=(-250, 250))
        apart.legend(fontsize=7, ncols=2)
    figure.tight_layout()
    figure.savefig(to, dpi=110)
    plt.close(figure)
