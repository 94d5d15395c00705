"""What of the room each kind of page may see.

Names of people stay on the desk; on the wall and on players' pages they stand only when the room says so.
"""
from typing import Any

Room = dict[str, Any]


def people_at(room: Room, seat: int) -> Room | None:
    """Who plays at a place."""
    return next((person for person in room["people"] if person.get("seat") == seat), None)


def wall_view(room: Room, join: dict[str, Any]) -> dict[str, Any]:
    """For the wall; `join`: whether and how phones come in."""
    names = bool(room["show_names"])
    people = []
    for person in room["people"]:
        shown = {"sign": person["sign"], "seat": person["seat"], "microphone": person["microphone"],
                 "spotlight": person["id"] == room["spotlight"]}
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
