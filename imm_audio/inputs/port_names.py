"""Names of MIDI ports as people know them, and which of the system's ports are meant."""
import difflib
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence

#: Programs that show ALSA's ports to JACK: the real name follows theirs.
_BRIDGES = ("a2j", "midi-bridge")
_OURS, _LOOP = "imm_audio", "midi through"


def _split(raw: str) -> tuple[str, str, str]:
    """(bridge, client, port) of a name as RtMidi gives it."""
    name = re.sub(r" \d+:\d+$", "", raw)         # ALSA's address
    if sys.platform == "win32":
        name = re.sub(r" \d+$", "", name)        # RtMidi's count of ports: it changes when another port goes
    bridge = ""
    if name.partition(":")[0].lower() in _BRIDGES:
        bridge, _, name = name.partition(":")
        name = re.sub(r"\s*(\[\d+\]|\((capture|playback)[_\d]*\))\s*", "", name)
    client, _, port = name.partition(":")
    return bridge, client.strip(), port.strip()


def plain_name(raw: str) -> str:
    """Name without addresses: `MPK mini:MPK mini MIDI 1 20:0` is `MPK mini`."""
    _, client, port = _split(raw)
    name = port if port.startswith(client) else f"{client} {port}".strip()
    return re.sub(r" MIDI 1$", "", name)


def ports_meant(raws: Sequence[str], patterns: Iterable[str] = ()) -> dict[str, tuple[int, str]]:
    """Ports to open, as identity -> (index in `raws`, plain name).

    Left out: our own ports, the system's loop, and ports that a second bridge shows again.  An identity stays the same
    while the port stays plugged in.
    """
    found: dict[str, tuple[int, str]] = {}
    seen_through: dict[str, str] = {}
    count: Counter[str] = Counter()
    wanted = [pattern.lower() for pattern in patterns]
    for index, raw in enumerate(raws):
        bridge, client, _ = _split(raw)
        name = plain_name(raw)
        if client.startswith(_OURS) or _LOOP in raw.lower() or seen_through.setdefault(name, bridge) != bridge:
            continue
        if wanted and not any(pattern in raw.lower() or pattern in name.lower() for pattern in wanted):
            continue
        identity = name if sys.platform == "win32" else raw
        count[identity] += 1
        found[f"{identity} #{count[identity]}"] = index, name
    return found


def no_match(pattern: str, names: Sequence[str]) -> str:
    """What to tell when a pattern matches no port: what there is, and the nearest."""
    if not names:
        return f"No MIDI device matches '{pattern}': none is plugged in yet."
    lower = {name.lower(): name for name in names}
    words = {word: name for low, name in lower.items() for word in low.split()}
    near = difflib.get_close_matches(pattern.lower(), [*lower, *words], 1, 0.5)
    hint = f" Did you mean {lower.get(near[0]) or words[near[0]]}?" if near else ""
    return f"No MIDI device matches '{pattern}'. There is: {', '.join(names)}.{hint}"
