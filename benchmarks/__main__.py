"""python -m benchmarks [what ...]: measure, print a table, append a JSON line to benchmarks/results/what.jsonl.

kernels   nanoseconds a frame of every kernel
callback  microseconds a block, 16 to 512 frames, 0 to 64 voices, quiet and with busy Python threads
startup   start to ready, cold and warm; imports; memory
latency   touch to sound with a simulated host
assist    16 players with all help on: what help costs
accompany 16 players followed and accompanied: what follower and band cost
memory    growth of the running program (ten minutes)
render    a ten-minute MIDI file into a WAV file
peers     the same work in SuperCollider, FluidSynth, Faust and Csound, where they are installed
rig       the real program on a real JACK server
pages     twenty players' pages on the real program: touches lost, touch to sound, what pages cost the callback
browser   pages in Chromium: weight, ready after, pictures a second with sixteen meters
everything 16 players, 96 voices, 8 microphones and all effects at once
gallery   draws what every sound, tuning and room sounds like, into docs/sounds
history   draws what the callback has cost over the commits

Without a word: kernels, callback, startup, latency.
"""
import argparse
import importlib
import sys
from pathlib import Path
from typing import Any

from .results import RESULTS
from .workloads import WORKLOADS

MODULES = {"kernels": ".kernels", "callback": ".callback", "startup": ".startup", "assist": ".assist", "latency": ".latency",
           "accompany": ".accompany", "memory": ".memory", "render": ".rendering", "peers": ".peers.compare",
           "history": ".history", "rig": ".rig", "pages": ".pages",
           "browser": ".browser", "everything": ".everything", "gallery": ".gallery"}
USUAL = ("kernels", "callback", "startup", "latency")


def _words() -> argparse.ArgumentParser:
    words = argparse.ArgumentParser("python -m benchmarks", description=__doc__,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("what", nargs="*", metavar="what", help=", ".join(MODULES))
    words.add_argument("--quick", action="store_true", help="see that it works; the figures mean nothing")
    words.add_argument("--results", type=Path, default=RESULTS, metavar="FOLDER", help="where the JSON lines go")
    words.add_argument("--minutes", type=float, default=10.0, help="memory, pages: how long it plays  [10]")
    words.add_argument("--pages", type=int, default=20, metavar="N", help="pages: how many  [20]")
    words.add_argument("--chromium", action="store_true", help="pages: with the desk in a real browser beside them")
    words.add_argument("--peer-python", default=sys.executable, metavar="PYTHON", help="peers: a Python that has supriya")
    words.add_argument("--rounds", type=int, default=5, help="peers: how often everything is rendered  [5]")
    words.add_argument("--workloads", nargs="+", default=WORKLOADS, metavar="W", help="peers: which of W1 .. W5")
    return words


def main(arguments: list[str] | None = None) -> None:
    """Do what was asked, in that order."""
    words = _words()
    asked = words.parse_args(arguments)
    if unknown := set(asked.what) - set(MODULES):
        words.error(f"{', '.join(sorted(unknown))}; there are {', '.join(MODULES)}")
    if unknown := set(asked.workloads) - set(WORKLOADS):
        words.error(f"--workloads: {', '.join(sorted(unknown))}; there are {', '.join(WORKLOADS)}")
    for what in asked.what or USUAL:
        options: dict[str, Any] = {}
        if what == "memory":
            options = {"minutes": asked.minutes}
        elif what == "pages":
            options = {"minutes": asked.minutes, "pages": asked.pages, "chromium": asked.chromium}
        elif what == "peers":
            options = {"python": asked.peer_python, "rounds": asked.rounds, "workloads": tuple(asked.workloads)}
        importlib.import_module(MODULES[what], __package__).main(quick=asked.quick, folder=asked.results, **options)


if __name__ == "__main__":
    main()
