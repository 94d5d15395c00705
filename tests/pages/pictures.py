"""Keep the pictures of the documentation: `python -m tests.pages.pictures [FOLDER]` writes them to docs/pictures.

The real program on the null device, a lively room of simulated people, and the system's Chromium.
"""
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.pages.stage import PHONE_SIZE, WALL_SIZE, Room, Stage
from tests.rig.program import wait_until

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
SONG = "frere-jacques"
PLAYING = 2
#: Who is here: nickname, age band, instrument.
PEOPLE = (("Rosa", "80 and over", "magic-harp"), ("Ayla", "5 to 8", "marimba"), ("Henk", "65 to 79", "djembe-circle"),
          ("Mia", "9 to 12", "chord-guitar"), ("Otto", "80 and over", "next-note-tune"), ("Lin", "18 to 64", "strum-guitar"),
          ("Emil", "5 to 8", "space-voice"))
PLAN = (("Hello song", "hello-young-and-old"), ("Frère Jacques", SONG), ("Rhythm game", None), ("Goodbye", "good-night-ladies"))


class Pictures:
    """Writes them one after the other."""

    def __init__(self, folder: Path):
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, page: Page, name: str) -> None:
        """One picture, when all is drawn."""
        page.evaluate("() => document.fonts.ready")
        page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        page.screenshot(path=self._folder / f"{name}.png", type="png")
        print(f"{name}.png", flush=True)


def first_run(stage: Stage, pictures: Pictures) -> None:
    """What a stranger sees first."""
    room = stage.new_room()
    page = room.desk()
    page.get_by_role("button", name=room.text("desk.first.hear"), exact=True).wait_for()
    pictures.keep(page, "first-run-1-hear")
    page.get_by_role("button", name=room.text("desk.first.hear"), exact=True).click()
    page.get_by_role("button", name=room.text("desk.first.heard"), exact=True).click()
    pictures.keep(page, "first-run-2-play")
    room.close()


def lively_room(stage: Stage, pictures: Pictures) -> None:
    """Seven people, a song under way."""
    room = stage.new_room()
    room.do(do="set", first_run_done=True)
    players = [room.player() for _ in PEOPLE]
    for player, (nickname, age, instrument) in zip(players, PEOPLE, strict=True):
        person = room.who(player)["id"]
        room.do(do="change_person", person=person, nickname=nickname, age_band=age)
        room.do(do="give", person=person, instrument=instrument)
    for title, song in PLAN:
        room.do(do="add_step", title=title, song=song)
    desk, wall = room.desk(), room.wall()
    desk.locator("button.person").first.wait_for()
    pictures.keep(wall, "wall-welcome")
    room.do(do="next")
    room.do(do="next")
    room.wait_for(lambda state: state["song"] and state["song"]["name"] == SONG, "the song")
    room.do(do="record", on=True)
    room.do(do="start_stop")
    wait_until(lambda: room.live["beat"]["mode"] == PLAYING and room.live["beat"]["place"] > 2.0, 30.0, "the song")
    for player in players:
        player.locator("#stage button.field:visible").first.tap()
    pictures.keep(desk, "desk-people")
    pictures.keep(wall, "wall-song")
    for player, (*_, instrument) in zip(players, PEOPLE, strict=True):
        expect(player.locator("#stage button.field:visible").first).to_be_visible()
        pictures.keep(player, f"player-{instrument}")
    _tour(room, desk, pictures)


def _tour(room: Room, desk: Page, pictures: Pictures) -> None:
    """The parts of the desk."""
    for name in ("plan", "takes", "room"):
        desk.locator("#tabs").get_by_role("button", name=room.text(f"desk.tab.{name}")).click()
        pictures.keep(desk, f"desk-{name}")
    desk.locator("button.person").first.click()
    pictures.keep(desk, "desk-person")
    room.do(do="quiet")
    room.do(do="record", on=False)
    small = room.desk(PHONE_SIZE)
    small.locator("button.person").first.wait_for()
    pictures.keep(small, "desk-on-a-phone")
    large = room.desk(WALL_SIZE, color_scheme="dark")
    large.locator("button.person").first.wait_for()
    pictures.keep(large, "desk-large-dark")


def main() -> None:
    """Keep all of them."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    with tempfile.TemporaryDirectory() as home:
        stage = Stage(Path(home))
        try:
            first_run(stage, Pictures(folder))
            lively_room(stage, Pictures(folder))
        finally:
            stage.close()
    print(f"{sum(path.stat().st_size for path in folder.glob('*.png')) // 1000} kB in {folder}")


if __name__ == "__main__":
    main()
