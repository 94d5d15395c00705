"""Reads a song that somebody brought, in a process that may crash or hang.  Its argument is the file.

It prints a JSON object with the title and what could not be read, or ends with status 1 and one sentence.
"""
import contextlib
import json
import os
import sys
from pathlib import Path

#: More memory or time no song needs [bytes, s].
MOST_BYTES, MOST_S = 4 << 30, 30


def main() -> None:
    """Entry of the process."""
    if sys.platform != "win32":
        import resource

        with contextlib.suppress(OSError, AttributeError):
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))  # whoever plays comes first
        for what, most in ((resource.RLIMIT_AS, MOST_BYTES), (resource.RLIMIT_CPU, MOST_S), (resource.RLIMIT_FSIZE, 1 << 20)):
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(what, (most, most))
    from ..songs.shelf import read_song

    try:
        song = read_song(Path(sys.argv[1]))
    except (ValueError, OSError) as error:
        print(str(error))
        sys.exit(1)
    print(json.dumps({"title": song.title, "remarks": list(song.notes_left_out)}))
