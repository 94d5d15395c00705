"""Compiles the kernels once and keeps them on disk, so that later starts take a moment."""
import importlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from . import kernel_folder

#: Written when everything is compiled; without it the cache may be half full.
STAMP = "complete"
#: Compiled kernels that no program used for so long are of an older version; another copy of the program may use newer ones.
UNUSED_S = 30 * 86400


def cache() -> Path:
    """Folder where the compiled kernels are kept."""
    return Path(os.environ["NUMBA_CACHE_DIR"])


def is_warm() -> bool:
    """True when these kernels are compiled for this machine."""
    return (cache() / STAMP).exists()


def kernel_count() -> int:
    """How many functions there are to compile: one event each."""
    return sum(path.read_text(encoding="utf-8").count("\n@rt\n") + path.read_text(encoding="utf-8").count("\n@cfunc(")
               for path in kernel_folder().rglob("*.py"))


def warm(progress: Callable[[int, int], None] = lambda done, total: None) -> None:
    """Compile everything that is not on disk yet; `progress(done, total)` after each function."""
    from numba.core import event

    total, done = kernel_count(), 0

    class Count(event.Listener):
        def on_start(self, event: object) -> None:
            """A function begins."""

        def on_end(self, event: object) -> None:
            """A function is done."""
            nonlocal done
            done = min(done + 1, total)
            progress(done, total)

    listener = Count()
    event.register("numba:compile", listener)
    try:
        # a second process takes the smaller half; if it fails, everything is compiled here
        half = "import imm_audio.kernels.engine.half, imm_audio.kernels.engine.door"
        with subprocess.Popen([sys.executable, "-c", half], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
            importlib.import_module("imm_audio.kernels.engine.callback")
        from . import engine  # noqa: F401  importing the door compiles all there is
    finally:
        event.unregister("numba:compile", listener)
    progress(total, total)
    cache().mkdir(parents=True, exist_ok=True)
    (cache() / STAMP).touch()
    _remove_old()


def warm_with_bar(console: Console) -> None:
    """Compile the kernels if that has not been done, with a progress bar."""
    if is_warm():
        (cache() / STAMP).touch()
        return
    columns = (TextColumn("Preparing the sounds, once for this computer"), BarColumn(), TextColumn("{task.percentage:.0f} %"))
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=None)
        warm(lambda done, total: progress.update(task, completed=done, total=total))


def _remove_old() -> None:
    """Drop what older versions have left beside this cache, once nobody has used it for long."""
    here = cache()
    if not here.name.startswith("kernels-"):
        return
    for other in here.parent.glob("kernels-*"):
        used = other / STAMP if (other / STAMP).exists() else other
        if other != here and time.time() - used.stat().st_mtime > UNUSED_S:
            shutil.rmtree(other, ignore_errors=True)
