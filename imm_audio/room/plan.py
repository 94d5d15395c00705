"""The plan of an hour: steps, which one is under way, which are done.  Everything here changes the room's file only."""
from .commands import AddStep, MoveStep
from .model import RoomFile, Step
from .people import clean
from .store import new_id

MOST_STEPS, LONGEST_TITLE = 64, 80


def find(room: RoomFile, name: str) -> Step:
    """A step by id.  ValueError when there is none."""
    for step in room.plan:
        if step.id == name:
            return step
    raise ValueError("That step is not in the plan any more.")


def add(room: RoomFile, wish: AddStep) -> tuple[Step, str]:
    """One more at the end.  The step, and words for undoing."""
    if len(room.plan) >= MOST_STEPS:
        raise ValueError(f"The plan has {MOST_STEPS} steps already, and no more fit.")
    title = clean(wish.title, LONGEST_TITLE)
    if not title:
        raise ValueError("A step needs a title.")
    step = Step(id=new_id(), title=title, song=wish.song, note=wish.note)
    room.plan = [*room.plan, step]
    return step, f'"{title}" is in the plan'


def move(room: RoomFile, wish: MoveStep) -> str:
    """Another order."""
    step = find(room, wish.step)
    rest = [other for other in room.plan if other is not step]
    rest.insert(min(wish.to, len(rest)), step)
    room.plan = rest
    return f'the place of "{step.title}" in the plan'


def remove(room: RoomFile, name: str) -> str:
    """Take a step out."""
    step = find(room, name)
    room.plan = [other for other in room.plan if other is not step]
    if room.step == name:
        room.step = None
    return f'"{step.title}" is not in the plan'


def go(room: RoomFile, name: str) -> Step:
    """A step is under way; the one before is done."""
    step = find(room, name)
    finish(room)
    room.step, step.done = name, False
    return step


def following(room: RoomFile) -> Step | None:
    """The step after the one under way that is not done; at first the first of these.  None: that was the last."""
    names = [step.id for step in room.plan]
    begin = names.index(room.step) + 1 if room.step in names else 0
    return next((step for step in room.plan[begin:] if not step.done), None)


def finish(room: RoomFile) -> None:
    """The step under way is done."""
    for step in room.plan:
        if step.id == room.step:
            step.done = True
    room.step = None
