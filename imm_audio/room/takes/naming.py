"""Names that people choose -> names that every file system takes; numbers -> words."""
import re
from datetime import datetime
from pathlib import Path

_LONGEST_BYTES = 80
#: Names that Windows keeps for devices, whatever the ending.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def safe_name(text: str) -> str:
    """Keep what may stand in a file name on Windows, macOS and Linux; may end up empty."""
    text = "".join(c if c.isprintable() else " " for c in text)
    text = " ".join(re.sub(r'[<>:"/\\|?*]', " ", text).split())
    text = text.encode("utf-8")[:_LONGEST_BYTES].decode("utf-8", "ignore").strip(" .")
    return f"_{text}" if _DEVICES.match(text) else text


def free_folder(takes: Path, name: str) -> Path:
    """Folder for a new take: `name`, or date and time; a taken one gets ' 2', ' 3'."""
    name = safe_name(name) or datetime.now().strftime("%Y-%m-%d %H.%M.%S")
    taken = {entry.name.lower() for entry in takes.iterdir()} if takes.is_dir() else set()
    number, found = 1, name
    while found.lower() in taken:
        number += 1
        found = f"{name} {number}"
    return takes / found


def duration(seconds: float) -> str:
    """In words: '40 seconds', '1 minute', '12 minutes'."""
    amount, unit = (round(seconds), "second") if seconds < 59.5 else (round(seconds / 60), "minute")
    return f"{amount} {unit}{'' if amount == 1 else 's'}"


def clock_time(seconds: float) -> str:
    """0:07, 1:02, 62:05: minutes and seconds, as a player of sound shows them."""
    whole = int(seconds) if 0.0 <= seconds < 1e9 else 0
    return f"{whole // 60}:{whole % 60:02}"
