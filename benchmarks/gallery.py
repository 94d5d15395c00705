"""Draws every sound, tuning and room as a spectrogram into docs/sounds, so that a change of sound can be seen.

python -m benchmarks gallery
"""
from itertools import pairwise
from pathlib import Path

import numpy as np

from imm_audio.catalog.voices import RECORDED
from imm_audio.hear import RATE_HZ, Audition, Booth, auditions

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "sounds"
#: So many pictures on one sheet.
COLUMNS, ROWS = 4, 5
LOWEST_HZ, HIGHEST_HZ, BANDS = 30.0, 20000.0, 160
WINDOW_FRAMES, HOP_FRAMES = 4096, 1024
DEEPEST_DB = -90.0
TITLES = {"made": "Sounds that are computed", "recorded": "Sounds that are recorded", "tuning": "Tunings, on a harp",
          "room": "Rooms: two claps, then a guitar"}


def group_of(audition: Audition) -> str:
    """Sheet on which an audition is drawn."""
    if audition.kind == "sound":
        return "recorded" if audition.name in RECORDED else "made"
    return audition.kind


def spectrogram(sound: np.ndarray, rate_hz: float) -> np.ndarray:
    """Levels in dB of bands that are even to the ear, float (BANDS, hops)."""
    window = np.hanning(WINDOW_FRAMES)
    padded = np.concatenate([sound, np.zeros(WINDOW_FRAMES)])
    hops = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_FRAMES)[::HOP_FRAMES]
    power = np.abs(np.fft.rfft(hops * window, axis=1)) ** 2
    edges_hz = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BANDS + 1)
    edges = np.searchsorted(np.fft.rfftfreq(WINDOW_FRAMES, 1.0 / rate_hz), edges_hz)
    bands = [power[:, low:max(high, low + 1)].max(axis=1) for low, high in pairwise(edges)]
    return np.asarray(10.0 * np.log10(np.array(bands) / (window.sum() / 2) ** 2 + 1e-12))


def _sheet(path: Path, title: str, pictures: list[tuple[str, np.ndarray]]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(ROWS, COLUMNS, figsize=(14, 15), layout="constrained", squeeze=False)
    figure.suptitle(title)
    hertz = (100, 1000, 10000)
    places = [BANDS * np.log(hz / LOWEST_HZ) / np.log(HIGHEST_HZ / LOWEST_HZ) for hz in hertz]
    for axis, picture in zip(axes.flat, [*pictures, *[None] * (ROWS * COLUMNS)], strict=False):
        if picture is None:
            axis.axis("off")
            continue
        name, levels = picture
        axis.imshow(levels, origin="lower", aspect="auto", cmap="viridis", vmin=DEEPEST_DB, vmax=0.0, interpolation="nearest",
                    extent=(0, levels.shape[1] * HOP_FRAMES / RATE_HZ, 0, BANDS))
        axis.set_title(name, fontsize=10)
        axis.set_yticks(places, ["100 Hz", "1 kHz", "10 kHz"], fontsize=7)
        axis.tick_params(axis="x", labelsize=7)
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def main(quick: bool, folder: Path) -> None:
    """Draw all sheets and the page that shows them; nothing is measured, so `folder` stays as it is."""
    booth, groups = Booth(), {title: [] for title in TITLES}
    for audition in list(auditions().values())[:3 if quick else None]:
        sound = np.concatenate(list(booth.play(audition))).mean(axis=1)
        groups[group_of(audition)].append((audition.name, spectrogram(sound, RATE_HZ)))
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    lines = ["# What everything sounds like", "",
             "One picture for each sound, tuning and room: time to the right, pitch upwards, bright is loud. Each sound plays",
             "a soft and a loud note, three notes upwards, and a chord that becomes brighter, darker, and wobbles.",
             "`imm-audio hear NAME` plays it; `python -m benchmarks gallery` draws these pictures anew.", ""]
    size = ROWS * COLUMNS
    for group, pictures in groups.items():
        lines += [f"## {TITLES[group]}", ""]
        for number, at in enumerate(range(0, len(pictures), size), 1):
            some = pictures[at:at + size]
            name = f"{group}-{number}.png"
            _sheet(FOLDER / name, TITLES[group], some)
            lines += [f"![{', '.join(picture[0] for picture in some)}]({name})", ""]
    (FOLDER / "README.md").write_text("\n".join(lines), encoding="utf-8")
    print(f"{FOLDER}: " + ", ".join(f"{len(pictures)} of {group}" for group, pictures in groups.items()))
