"""Pages in a real browser: marked `pages`; they skip, with the reason, where there is no Chromium."""
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.pages.stage import PATIENCE_MS, Room, Stage, find_chromium

_HERE = Path(__file__).parent
_stages: list[Stage] = []
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items):
    why = None if find_chromium() else "needs Chromium: apt-get install chromium"
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.pages)
            if why:
                item.add_marker(pytest.mark.skip(reason=why))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """Browser and programs end with the last of these tests: the event loop of Playwright would be in the way of others."""
    try:
        return (yield)
    finally:
        if _HERE in item.path.parents and (nextitem is None or _HERE not in nextitem.path.parents):
            while _stages:
                _stages.pop().close()


@pytest.fixture(scope="session")
def stage(tmp_path_factory):
    if not _stages:
        _stages.append(Stage(tmp_path_factory.mktemp("pages")))
    return _stages[0]


@pytest.fixture
def room(stage):
    """The room that all tests share; whatever a test opened is closed after it, and nothing may have gone wrong unseen."""
    room: Room = stage.room()
    yield room
    troubles = room.troubles
    room.leave()
    assert troubles == []


@pytest.fixture
def empty_room(room):
    """The same without names, plan and song, and the first steps done."""
    room.clear_away()
    return room
