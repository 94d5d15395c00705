"""Where figures go: tables for people, a JSON line for each run, and one line a commit that is kept in the repository."""
import json
import platform
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import llvmlite.binding
import psutil
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
#: Every run; not in the repository.
RESULTS = ROOT / "benchmarks" / "results"
#: One line a commit and machine, in the repository: what the callback cost.
HISTORY = ROOT / "benchmarks" / "history.jsonl"

#: A file or a pipe gets wide lines.
console = Console(width=None if sys.stdout.isatty() else 120)


@cache
def commit() -> tuple[str, bool]:
    """(short name, True when nothing has changed since); ("", False) outside a repository."""
    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--", ".", f":!{HISTORY.relative_to(ROOT).as_posix()}")
        return git("rev-parse", "--short=10", "HEAD"), not changed
    except (OSError, subprocess.CalledProcessError):
        return "", False


@cache
def machine() -> str:
    """What this computer is, without its name or its owner's."""
    features = llvmlite.binding.get_host_cpu_name()
    return f"{platform.system()} {platform.machine()}, {features}, {psutil.cpu_count()} cores"


def circumstances() -> dict[str, str]:
    """What figures depend on besides the code.  numba is not imported: imm_audio must be first, to name its cache."""
    return {"machine": machine(), "python": platform.python_version(), "numba": version("numba")}


def record(what: str, figures: Any, folder: Path = RESULTS) -> Path:
    """Append one JSON line to `what`.jsonl; returns the file."""
    name, clean = commit()
    line = {
        "what": what, "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "commit": name, "clean": clean,
        **circumstances(), "figures": figures,
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{what}.jsonl"
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    return path


def lines(path: Path) -> list[dict[str, Any]]:
    """What a file of JSON lines holds; nothing when there is none."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], note: str = "") -> None:
    """Print a plain table: words to the left, numbers with three digits to the right."""
    rows = list(rows)
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for i, column in enumerate(columns):
        words = all(isinstance(row[i], str) for row in rows)
        table.add_column(column, justify="left" if words else "right", overflow="fold")
    for row in rows:
        table.add_row(*map(_text, row))
    console.print()
    console.print(table, markup=False)
    if note:
        console.print(note, style="dim", highlight=False, markup=False)


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value)
