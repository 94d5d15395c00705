"""imm_audio itself: the workloads in the product's own engine.

python -m benchmarks.peers.ours WORK SECONDS prints the processor time of the render loop alone, without loading
and compiling.
"""
import sys
import time
from pathlib import Path

NAME = "imm_audio"
WORKLOADS = ("W1", "W2", "W3", "W4", "W5")


def missing(python: str) -> str:
    """It is always there."""
    return ""


def command(work: str, seconds: float, folder: Path, python: str) -> list[str]:
    """Render `seconds` of a workload."""
    return [sys.executable, "-m", "benchmarks.peers.ours", work, str(seconds)]


def main(work: str, seconds: float) -> None:
    """Render, print `CPU seconds`."""
    from ..drive import run
    from ..workloads import workload

    first, second = workload(work, 0.1), workload(work, seconds)
    run(first.engine, first.events, first.heard, 0.1)  # loads what is compiled
    began_s = time.process_time()
    _, voices = run(second.engine, second.events, second.heard, seconds)
    print(f"voices {voices[len(voices) // 2:].min()} .. {voices.max()}")
    print(f"CPU {time.process_time() - began_s:.6f}")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
