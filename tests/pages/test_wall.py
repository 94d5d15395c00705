"""The wall and the pages of one part, in every state; the room is made up (song_book.py)."""
import re
from fractions import Fraction

import pytest
from playwright.sync_api import expect

from imm_audio.desk.parts import Parts
from imm_audio.desk.texts import texts
from imm_audio.songs.making import section
from imm_audio.songs.making import song as make_song
from imm_audio.songs.song import Note, Syllable, Words
from tests.pages.looks import axe, faint_texts, sideways
from tests.pages.song_book import (
    COUNTING,
    ENDING,
    HOLDING,
    NOW_S,
    PEOPLE,
    STOPPED,
    SongBook,
    playing,
    shipped,
)

DAISY, GRACE, NIGHT = shipped("daisy-bell"), shipped("amazing-grace"), shipped("silent-night")
SIZES = ((1920, 1080), (1280, 800), (360, 740), (320, 256))
RECORDING = {"recording": True, "name": "one", "microphones": True}
LIGHT = [{**PEOPLE[0], "spotlight": True}, *PEOPLE[1:]]
#: Everything the wall can show: song, moment, and what differs in the room.
STATES = {
    "singing": (DAISY, playing(DAISY, 26.0), {"sounding": (0, 100), "show_names": True}),
    "two languages": (NIGHT, playing(NIGHT, 13.0), {"second_language": "en", "take": {"recording": True}}),
    "chords": (DAISY, playing(DAISY, 50.0), {"show_chords": True, "take": RECORDING}),
    "counting": (GRACE, playing(GRACE, -4.0, COUNTING), {}),
    "waiting": (GRACE, playing(GRACE, 9.5, HOLDING), {"people": LIGHT, "show_names": True}),
    "the end": (GRACE, playing(GRACE, 74.0, ENDING), {}),
    "ready": (DAISY, playing(DAISY, 0.0, STOPPED, armed=3), {"join": {"open": False, "url": "", "code": ""}}),
    "no song": (None, None, {}),
}
PARTS = Parts()
#: Those that have other elements than the rest.
AXED = ("two languages", "chords", "waiting", "no song")


_books: dict[object, SongBook] = {}


@pytest.fixture
def book(stage):
    """The wall that these tests share."""
    if stage not in _books:
        _books[stage] = SongBook(stage.browser, SIZES[0])
        _books[stage].open()
    found = _books[stage]
    found.page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
    yield found
    assert found.troubles == []


@pytest.fixture
def own_book(stage):
    """One of its own, for whoever leaves it in another time or state."""
    found = SongBook(stage.browser)
    found.open()
    yield found
    assert found.troubles == []
    found.close()


def text(key, **values):
    return texts("en")[key].format(**values)


def sung(page):
    """The marked syllable and word, and the place at which it is sung."""
    return page.evaluate("""() => {
        const syllable = document.querySelector(".syllable.sung");
        return syllable && [syllable.textContent, syllable.closest(".word").textContent, Number(syllable.dataset.at),
                            document.querySelectorAll(".sung").length]; }""")


@pytest.mark.parametrize("dark", [False, True])
def test_everything_on_the_wall_can_be_read(stage, dark):
    book = SongBook(stage.browser, SIZES[1], color_scheme="dark" if dark else "light")
    page = book.open()
    for state, (song, beat, room) in STATES.items():
        book.show(song, beat, **room)
        page.wait_for_function("() => document.getAnimations().every((a) => a.playState === 'finished')")
        assert faint_texts(page, 7.0, 7.0) == [], state
        if not dark and state in AXED:
            axe(page)
    assert book.troubles == []
    book.close()


def test_nothing_is_cut_off_on_any_screen(book):
    for size in SIZES:
        book.page.set_viewport_size({"width": size[0], "height": size[1]})
        for state, (song, beat, room) in STATES.items():
            page = book.show(song, beat, **room)
            assert sideways(page) == [], (size, state)
            low = size[1] < 400  # enlarged so far that the page has to scroll
            assert low or page.evaluate("document.documentElement.scrollHeight <= innerHeight"), (size, state)


@pytest.mark.parametrize(("name", "size"), [
    ("daisy-bell", SIZES[0]), ("skip-to-my-lou", SIZES[0]), ("skip-to-my-lou", SIZES[2]), ("sakura", SIZES[1])])
def test_the_present_line_and_the_next_are_always_whole_in_view_and_letters_keep_their_size(book, name, size):
    song = shipped(name)
    book.page.set_viewport_size({"width": size[0], "height": size[1]})
    page, lines, letters = book.show(song, playing(song, 0.0)), song.lines(), set()
    for line, after in zip(lines, [*lines[1:], None], strict=True):
        book.tell(playing(song, line.start + 0.01))
        seen, size_px, below = page.evaluate("""() => {
            const box = document.querySelector("#words").getBoundingClientRect();
            const list = document.querySelector(".lines");
            const shift = new DOMMatrix(list.style.transform).m42;
            const lines = [...document.querySelectorAll(".line.seen")];
            return [lines.map((line) => line.querySelector(".words-of").textContent), getComputedStyle(list).fontSize,
                    lines.filter((line) => line.offsetTop + shift + line.offsetHeight > box.height + 1
                                           || line.querySelector(".words-of").scrollWidth > box.width).length]; }""")
        letters.add(size_px)
        assert line.text in seen
        assert after is None or after.text in seen
        assert (below, len(seen) >= min(2, len(lines))) == (0, True)
        assert page.locator("[aria-current]").inner_text() == line.text
    assert len(letters) == 1


def test_four_to_six_lines_are_seen_on_a_projector_in_the_upper_half(book):
    for name in ("daisy-bell", "amazing-grace", "greensleeves", "silent-night"):
        song = shipped(name)
        page = book.show(song, playing(song, song.lines()[1].start))
        seen, bottom = page.evaluate("""() => [document.querySelectorAll(".line.seen").length,
            document.querySelector("[aria-current]").getBoundingClientRect().bottom / innerHeight]""")
        assert (4 <= seen <= 6, bottom < 0.5) == (True, True), name


@pytest.mark.parametrize(("place", "syllable", "word"), [
    (0.0, "Dai", "Daisy,"), (3.1, "sy,", "Daisy,"), (5.9, "sy,", "Daisy,"), (17.9, "swer,", "answer,"), (18.0, "do!", "do!"),
    (23.9, "do!", "do!")])
def test_the_syllable_that_is_sung_is_marked(book, place, syllable, word):
    assert sung(book.show(DAISY, playing(DAISY, place)))[:2] == [syllable, word]


def test_what_is_marked_is_told_by_more_than_colour_and_moves_nothing(book):
    page = book.show(DAISY, playing(DAISY, 0.0, STOPPED))
    boxes = "() => [...document.querySelectorAll('.line.seen .word')].map((word) => word.offsetLeft + word.offsetWidth)"
    before = page.evaluate(boxes)
    assert sung(page) is None
    book.tell(playing(DAISY, 3.0))
    assert page.evaluate(boxes)[:len(before)] == before
    marked = page.evaluate("""() => {
        const style = (query) => getComputedStyle(document.querySelector(query));
        return [style(".syllable.sung").textDecorationLine, style(".word.sung").boxShadow !== "none",
                parseFloat(style("[aria-current] .words-of").webkitTextStrokeWidth) > 0]; }""")
    assert marked == ["underline", True, True]


def test_the_wall_leaps_back_with_the_band_without_being_told_again(book):
    page = book.show(DAISY, playing(DAISY, 36.7))
    assert sung(page)[1] == "All"
    book.tell(playing(DAISY, 36.7, leap_place=36.0, leap_to=24.0))
    assert sung(page)[1] == "I'm"


def test_after_the_end_the_wall_is_back_at_the_beginning(book):
    page = book.show(DAISY, playing(DAISY, 193.0, ENDING))
    expect(page.locator(".line[data-when=soon]")).to_have_text("Bicycle built for two!")
    book.tell(playing(DAISY, 193.0, STOPPED))
    expect(page.locator(".line[data-when=soon]")).to_have_text("Daisy, Daisy,")


def test_counting_in_shows_how_many_beats_are_left(book):
    figure = book.show(GRACE, playing(GRACE, -6.0, COUNTING)).locator(".figure")
    for place, left in ((-6.0, "5"), (-4.1, "4"), (-1.2, "1")):
        book.tell(playing(GRACE, place, COUNTING))
        assert figure.inner_text() == left
    book.tell(playing(GRACE, -1.0))
    assert (figure.is_visible(), sung(book.page)[0]) == (False, "A")


@pytest.mark.parametrize(("mode", "armed", "key"), [
    (HOLDING, 0, "wall.waits"), (ENDING, 0, "wall.end"), (STOPPED, 0, "wall.ready"), (STOPPED, 1, "wall.ready_taps"),
    (STOPPED, 2, "wall.ready_note"), (STOPPED, 3, "wall.ready_singing")])
def test_what_is_going_on_is_said_in_words(book, mode, armed, key):
    page = book.show(GRACE, playing(GRACE, 9.5, mode, armed=armed))
    expect(page.locator(".say")).to_have_text(text(key))


def test_while_nobody_sings_the_wall_says_so_and_for_how_long(book):
    lines = Words((Syllable(Fraction(0), "We", ends_line=True), Syllable(Fraction(20), "sing", ends_line=True)))
    song = make_song("Interlude", [section("verse", "verse", 32, [Note(0, 1, 60), Note(20, 1, 60)], [], [lines])])
    page = book.show(song, playing(song, 4.0))
    expect(page.locator(".say")).to_have_text(f"{text('wall.only_band')} {text('wall.bars.other', n=4)}")
    book.tell(playing(song, 18.0))
    expect(page.locator(".say")).to_have_text(text("wall.soon"))
    expect(page.locator(".figure")).to_have_text("2")
    book.tell(playing(song, 20.5))
    expect(page.locator(".figure")).to_be_hidden()


@pytest.mark.parametrize(("take", "key"), [({}, "off"), ({"recording": True}, "played"), (RECORDING, "sound")])
def test_the_lamp_says_what_is_recorded(book, take, key):
    page = book.show(DAISY, take=take)
    expect(page.locator("#lamp")).to_have_text(text(f"wall.lamp.{key}"))


def test_names_are_only_shown_when_that_was_chosen(book):
    page = book.show(DAISY)
    expect(page.locator("#people")).not_to_contain_text("Rosa")
    expect(page.get_by_role("listitem").filter(has_text=text("common.sign.fox"))).to_be_visible()
    book.show(DAISY, show_names=True)
    expect(page.locator("#people")).to_contain_text("Rosa")


def test_who_plays_and_who_has_the_light_is_seen(book):
    page = book.show(DAISY, sounding=(1, 101), people=LIGHT)
    assert page.locator(".person.plays .sign").all_inner_texts() == ["🌻", "🦉"]
    assert page.locator(".person.spotlight .sign").all_inner_texts() == ["🦊"]
    expect(page.locator("#people")).to_contain_text(text("wall.in_spotlight", name="Rosa"))


def test_phones_find_the_way_in_only_while_it_is_open(book):
    page = book.show(None)
    assert page.locator("#join p").all_inner_texts()[1:] == ["192.168.1.23:8310", f"{text('wall.code')} 4821"]
    book.show(None, join={"open": False, "url": "", "code": ""})
    expect(page.locator("#join")).to_be_hidden()


def test_people_who_want_stillness_see_shapes_change_and_nothing_move(stage):
    book = SongBook(stage.browser, reduced_motion="reduce")
    book.open()
    page = book.show(DAISY, playing(DAISY, 1.5))
    assert page.locator(".ball").count() == 0
    assert page.evaluate("getComputedStyle(document.querySelector('.lines')).transitionDuration") == "0s"
    book.close()


@pytest.mark.parametrize(("beats_per_s", "places"), [(2.0, 4), (4.0, 2), (10.0, 1)])
def test_the_beat_lands_at_most_three_times_a_second(book, beats_per_s, places):
    song = shipped("michael-row")
    page = book.show(song, playing(song, 1.0, beats_per_s=beats_per_s))
    assert page.locator(".beat .place").count() == places


def test_a_lost_connection_is_said_and_comes_back_by_itself(book):
    page = book.show(DAISY, playing(DAISY, 26.0))
    book.drop()
    expect(page.locator("#away")).to_have_text(text("wall.away"))
    expect(page.locator("#away")).to_be_hidden()
    assert sung(page)[1] == "I'm"


def test_a_wall_of_an_old_session_says_so(own_book):
    book = own_book
    book.show(DAISY)
    book.say("bye", say="This page is from another session.", again=False)
    expect(book.page.locator("#gone")).to_contain_text(text("wall.gone"))
    expect(book.page.locator("#gone")).to_contain_text("another session")
    axe(book.page)


def test_a_beat_that_nobody_tells_any_more_is_not_shown(own_book):
    book = own_book
    page = book.show(DAISY, playing(DAISY, 26.0))
    now_s = NOW_S + page.evaluate("performance.now() / 1000")
    book.tell(playing(DAISY, 26.0, at_s=now_s - 8.0))
    book.frames(2)
    expect(page.locator(".beat")).to_be_hidden()


def test_pages_read_from_the_right_where_people_do(stage):
    book = SongBook(stage.browser, SIZES[1])
    book.texts = {"common.direction": "rtl"}
    page = book.open()
    book.show(DAISY, playing(DAISY, 26.0), show_chords=True)
    lamp, title = (page.locator(query).bounding_box() for query in ("#lamp", "#title"))
    assert lamp["x"] < title["x"]
    assert sideways(page) == []
    book.close()


def test_the_wall_is_light(stage):
    book = SongBook(stage.browser)
    book.open()
    book.show(DAISY, playing(DAISY, 26.0))
    assert book.weight < 300_000
    book.close()


# --- one part ---
@pytest.fixture
def part_book(stage):
    """The page of one part that these tests share."""
    key = stage, "part"
    if key not in _books:
        _books[key] = SongBook(stage.browser, SIZES[0])
        _books[key].answers["/api/colours"] = PARTS.colours("en")
        _books[key].open("/part?seat=1")
    yield _books[key]
    assert _books[key].troubles == []


@pytest.mark.parametrize(("instrument", "beat", "wanted"), [
    ("strum-guitar", playing(DAISY, 50.0), "Now C7 Next F in one beat"),
    ("next-note-tune", playing(DAISY, 20.0), "C, red circle Now G"),
    ("ukulele", playing(GRACE, -4.0, COUNTING), "3"),
    ("piano", playing(GRACE, 0.0, STOPPED), "Ready when you are"),
    ("djembe-circle", playing(DAISY, 21.0), ""),
])
def test_a_part_shows_what_to_play_now_and_next(part_book, instrument, beat, wanted):
    seats = [{"seat": 0, "stem": "touch-page", "instrument": instrument}]
    part = PARTS.of({"people": [], "seats": seats, "language": "en", "colours": None}, 0)
    page = part_book.show_part(GRACE if beat["place"] <= 0 else DAISY, beat, part)
    for size in SIZES[:3]:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        assert (sideways(page), faint_texts(page, 7.0, 7.0)) == ([], []), size
    read = " ".join(page.locator("main").inner_text().split())
    assert re.search(wanted, read), read
    assert (page.locator("main .place").count() > 0) == (beat["mode"] != STOPPED)
    if instrument == "strum-guitar":
        axe(page)


def test_a_part_without_a_place_says_what_it_needs(stage):
    book = SongBook(stage.browser)
    page = book.open("/part?seat=none")
    expect(page.locator("main")).to_have_text(text("wall.part.no_seat"))
    book.close()
