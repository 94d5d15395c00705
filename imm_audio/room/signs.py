"""Signs of people: calm animals, plants and things that differ at a glance, each one known to children and to the old."""
from collections.abc import Collection

#: In the order in which they are given; no faces, nothing that frightens, nothing that is said of somebody's body.
SIGNS = (
    "🦊", "🌻", "🐢", "⭐", "🦋", "🍎", "🐳", "🌙", "🦉", "🍀", "🐝", "⛵", "🐘", "🌷", "🦆", "☂️",
    "🐬", "🌵", "🐞", "🔔", "🦔", "🍋", "🐌", "🎈", "🦜", "🍄", "🐇", "🗝️", "🐠", "🌲", "🦢", "🏠",
    "🐿️", "🍓", "🐧", "🪁", "🦩", "🍐", "🐎", "⚓", "🐑", "🌽", "🦚", "🚲", "🐄", "🥕", "🦓", "🕯️",
    "🐐", "🍒", "🦒", "🎀", "🐓", "🌰", "🐫", "🧭", "🦘", "🍇", "🦌", "🫖", "🐈", "🌈", "🐕", "🧺",
)


def free_sign(taken: Collection[str]) -> str:
    """The first sign that nobody has; there are as many as a room holds people."""
    return next((sign for sign in SIGNS if sign not in taken), SIGNS[0])
