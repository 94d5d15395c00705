"""What of the room each kind of page may see.

Names of people stay on the desk; on the wall and on players' pages they stand only when the room says so.
"""
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .texts import translate, translate_undo

if TYPE_CHECKING:
    from .page import Page

Room = dict[str, Any]


def desk_view(room: Room) -> Room:
    """For the facilitator: all of it, in the room's language."""
    language = room["language"]
    song = room["song"] and room["song"] | {"remarks": [translate(text, language) for text in room["song"]["remarks"]]}
    warnings = [warning | {word: translate(warning[word], language) for word in ("text", "do")} for warning in room["warnings"]]
    takes = [take | {"note": translate(take["note"], language)} for take in room["takes"]]
    return room | {"song": song, "warnings": warnings, "takes": takes, "undo": translate_undo(room["undo"], language)}


def people_at(room: Room, seat: int) -> Room | None:
    """Who plays at a place."""
    return next((person for person in room["people"] if person.get("seat") == seat), None)


def wall_view(room: Room, join: dict[str, Any]) -> dict[str, Any]:
    """For the wall; `join`: whether and how phones come in."""
    names = bool(room["show_names"])
    people = []
    for person in room["people"]:
        if not person["here"]:   # of an earlier meeting
            continue
        shown = {"sign": person["sign"], "seat": person["seat"], "microphone": person["microphone"],
                 "instrument": person["instrument"], "spotlight": person["id"] == room["spotlight"]}
        people.append(shown | ({"nickname": person["nickname"]} if names else {}))
    lit = next((person["sign"] for person in room["people"] if person["id"] == room["spotlight"]), None)
    same = ("language", "show_names", "show_chords", "second_language", "colours", "song", "locked")
    return {key: room[key] for key in same} | {"people": people, "join": join, "spotlight": lit}


def player_view(room: Room, seat: int, screens: int, part: dict[str, Any]) -> dict[str, Any]:
    """For a page that plays at `seat`, like `screens` others."""
    person = people_at(room, seat) or {}
    shown = {
        "t": "you", "seat": seat, "sign": person.get("sign", ""), "part": part, "language": room["language"],
        "colours": room["colours"], "screens": screens, "locked": room["locked"],
        "spotlight": bool(person) and person["id"] == room["spotlight"], "muted": bool(person.get("muted")),
    }
    return shown | ({"nickname": person.get("nickname", "")} if room["show_names"] else {})


_NOBODY: dict[str, Any] = {"screens": 0, "touches": 0, "late_ms": 0.0, "jitter_ms": 0.0, "dropped": 0, "away": True}


def pages_view(players: "Iterable[Page]", room: Room | None) -> list[dict[str, Any]]:
    """How touches of each place come in, for the desk; `away`: none of its screens is there.

    late_ms: what 95 % of the newest touches were late at most; jitter_ms: between early and late ones.
    """
    away = [place["seat"] for place in (room or {}).get("seats", []) if place["page"]]
    found = {seat: {**_NOBODY, "seat": seat} for seat in away}
    for page in players:
        if (seat := page.hands.seat) is None:
            continue
        late = page.hands.late
        view = found.setdefault(seat, {**_NOBODY, "seat": seat})
        view |= {"screens": view["screens"] + 1, "touches": view["touches"] + page.hands.touches, "away": False,
                 "dropped": view["dropped"] + page.hands.ghosts + page.limits.refused,
                 "late_ms": max(view["late_ms"], round(1000.0 * late.percentile(0.95), 1)),
                 "jitter_ms": max(view["jitter_ms"], round(1000.0 * late.jitter_s, 1))}
    return [found[seat] for seat in sorted(found)]
