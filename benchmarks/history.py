"""Draws what a block has cost over the commits: p50, p99 and longest of the callback, one picture for each block size."""
from pathlib import Path
from typing import Any

from .callback import per_block
from .results import HISTORY, RESULTS, console, lines, machine

NAMES = ("p50", "p99", "max")


def points(folder: Path = RESULTS, history: Path = HISTORY) -> list[tuple[str, dict[str, list[float]]]]:
    """(commit, block size -> [p50, p99, max] us) on this machine, oldest first; at the end the newest run of changed files."""
    found: list[tuple[str, dict[str, list[float]]]] = [
        (line["commit"], line["callback_us"]) for line in lines(history) if line["machine"] == machine()]
    runs: list[dict[str, Any]] = [line for line in lines(folder / "callback.jsonl") if line["machine"] == machine()]
    if runs and not runs[-1]["clean"]:
        found.append(("now", per_block(runs[-1]["figures"])))
    return found


def draw(found: list[tuple[str, dict[str, list[float]]]], path: Path) -> None:
    """Write the PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    sizes = sorted({int(size) for _, by_size in found for size in by_size})
    figure, places = pyplot.subplots(-(-len(sizes) // 3), min(len(sizes), 3), figsize=(13, 3.6 * -(-len(sizes) // 3)),
                                     squeeze=False, sharex=True, sharey=True)
    names = [name[:7] for name, _ in found]
    for place, size in zip(places.flat, sizes, strict=False):
        for q, label in enumerate(NAMES):
            values = [by_size[str(size)][q] if str(size) in by_size else float("nan") for _, by_size in found]
            place.plot(range(len(found)), values, marker="o", markersize=3, label=label)
        place.set(title=f"{size} frames", ylabel="us", yscale="log")
        place.yaxis.set_major_formatter("{x:g}")
        place.yaxis.set_minor_formatter("")
        place.set_xticks(range(len(found)), names, rotation=90, fontsize=7)
        place.grid(alpha=0.3)
        place.legend(fontsize=7)
    for place in places.flat[len(sizes):]:
        place.set_visible(False)
    figure.suptitle(f"Callback at full polyphony: {machine()}", fontsize=10)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def main(quick: bool = False, folder: Path = RESULTS) -> None:
    """Draw history.png."""
    found = points(folder)
    if not found:
        console.print("history: nothing was measured on this machine; first run: python -m benchmarks callback")
        return
    try:
        draw(found, folder / "history.png")
    except ImportError:
        console.print("history: matplotlib is not installed; it comes with: pip install -e .[bench]", markup=False)
        return
    console.print(f"{folder / 'history.png'}: {len(found)} commits", highlight=False, soft_wrap=True)
