"""Takes, the timeline and the tempo as pictures; what they show comes from the test (song_book.py)."""
import io
import json
import wave

import pytest
from playwright.sync_api import expect

from imm_audio.desk.texts import texts
from tests.pages.looks import DESK_PX, axe, control_names, faint_focus, faint_texts, sideways, small_targets
from tests.pages.song_book import PEOPLE, SongBook

MARKS = [{"seconds": 19.0, "label": ""}, {"seconds": 60.0, "label": "good"}]
TAKE = {"name": "take 1", "seconds": 95.0, "marks": MARKS, "open": False}
PEAKS = {"seconds": 95.0, "peaks": [[-0.1 - n % 40 / 100, 0.1 + n % 40 / 100] for n in range(800)]}
#: Rosa (place 0) plays from 0 to 10 s and from 30 s on, Ayla sings (microphone 0), at place 9 is nobody any more.
DIARY = {"start": "2026-05-01T10:00:00+00:00", "rows": [
    [second, None if second < 20 else 90.0 + second / 4,
     [*([0] if second < 10 or second >= 30 else []), *([100] if second == 5 else []), *([9] if second == 7 else [])]]
    for second in range(40)]}
PICTURES = {"waveform": ("imm-waveform", {"take": TAKE}), "timeline": ("imm-timeline", {"people": PEOPLE, "diary": DIARY}),
            "tempo_curve": ("imm-tempo-curve", {"diary": DIARY})}


def silence(seconds):
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16000 * seconds))
    return file.getvalue()


@pytest.fixture
def book(stage):
    found = SongBook(stage.browser, (1280, 800))
    found.answers["/api/takes/take%201/peaks"] = PEAKS
    found.files["/api/takes/take%201/sound.wav"] = silence(95)
    yield found
    assert found.troubles == []
    found.close()


def drawn(book, module):
    element, properties = PICTURES[module]
    page = book.draw(module, element, **properties)
    page.evaluate("""() => { globalThis.heard = [];
        for (const name of ["mark", "cut"]) picture.addEventListener(name, ({ detail }) => heard.push([name, detail])); }""")
    return page


def text(key, **values):
    return texts("en")[key].format(**values)


def press(page, key):
    page.get_by_role("button", name=text(key), exact=True).click()


def set_to(page, key, seconds):
    page.get_by_label(text(key), exact=True).fill(str(seconds))


@pytest.mark.parametrize("module", list(PICTURES))
def test_pictures_can_be_read_and_used_on_every_screen(book, module):
    page = drawn(book, module)
    axe(page)
    for colours in ("light", "dark"):
        page.emulate_media(color_scheme=colours)
        assert (faint_texts(page), faint_focus(page)) == ([], [])
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert (sideways(page), small_targets(page, DESK_PX)) == ([], [])


def test_sliders_say_times_in_words(book):
    page = drawn(book, "waveform")
    set_to(page, "pictures.wave.place", 65)
    page.wait_for_function("() => picture.sound.currentTime > 0")
    sliders = {found["name"]: found for found in control_names(page) if found["role"] == "slider"}
    assert list(sliders) == [text("pictures.wave.place"), text("pictures.wave.from"), text("pictures.wave.to")]
    spoken = page.get_by_label(text("pictures.wave.place"), exact=True)
    expect(spoken).to_have_attribute("aria-valuetext", "1 minute 5 seconds")


def test_a_moment_is_marked_where_the_cursor_is(book):
    page = drawn(book, "waveform")
    set_to(page, "pictures.wave.place", 30)
    press(page, "pictures.wave.on")
    page.wait_for_function("() => picture.sound.currentTime === 35")
    press(page, "pictures.wave.mark")
    assert page.evaluate("heard") == [["mark", {"seconds": 35}]]


def test_a_part_is_chosen_by_sliders_by_buttons_and_by_dragging(book):
    page = drawn(book, "waveform")
    expect(page.get_by_role("button", name=text("pictures.wave.cut"))).to_be_disabled()
    set_to(page, "pictures.wave.from", 20)
    set_to(page, "pictures.wave.to", 50)
    press(page, "pictures.wave.cut")
    set_to(page, "pictures.wave.place", 40)
    page.wait_for_function("() => picture.sound.currentTime === 40")
    press(page, "pictures.wave.to_here")
    press(page, "pictures.wave.cut")
    box = page.locator(".wave-box").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 60, steps=3)
    page.mouse.up()
    press(page, "pictures.wave.cut")
    cuts = [(round(cut["start_s"]), round(cut["stop_s"])) for _, cut in page.evaluate("heard")]
    assert cuts == [(20, 50), (20, 40), (24, 48)]
    press(page, "pictures.wave.whole")
    expect(page.get_by_role("button", name=text("pictures.wave.cut"))).to_be_disabled()


def test_a_part_never_ends_before_it_begins(book):
    page = drawn(book, "waveform")
    set_to(page, "pictures.wave.from", 60)
    set_to(page, "pictures.wave.to", 10)
    press(page, "pictures.wave.cut")
    [(_, cut)] = page.evaluate("heard")
    assert (cut["stop_s"], round(cut["stop_s"] - cut["start_s"], 3)) == (10, 0.5)


def test_a_click_in_the_picture_goes_there(book):
    page = drawn(book, "waveform")
    box = page.locator(".wave-box").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.2, box["y"] + 60)
    page.wait_for_function("() => Math.abs(picture.sound.currentTime - 19) < 0.5")


def test_marks_are_flags_in_the_picture(book):
    page = drawn(book, "waveform")
    flags = page.locator(".flag").evaluate_all("(flags) => flags.map((flag) => [flag.textContent, flag.style.left])")
    assert [(number, round(float(left.strip("%")), 1)) for number, left in flags] == [("1", 20.0), ("2", 63.2)]


def test_a_take_under_way_has_no_picture_yet(book):
    page = book.draw("waveform", "imm-waveform", take={**TAKE, "open": True})
    expect(page.get_by_role("status").first).to_have_text(text("pictures.wave.open"))
    expect(page.locator(".wave-box")).to_be_hidden()


def test_the_timeline_is_a_table_too(book):
    page = drawn(book, "timeline")
    page.locator("summary").click()
    cells = "(rows) => rows.slice(1).map((row) => [...row.children].map((cell) => cell.textContent))"
    rows = [(row[0], row[1], row[4]) for row in page.get_by_role("row").evaluate_all(cells)]
    assert rows == [("Rosa", "20 seconds", "2"), ("Ayla", "1 second", "1"), ("Place 10", "1 second", "1")]
    assert page.locator(".time-row .bar").count() == 4


def test_the_tempo_is_a_sentence_too(book):
    page = drawn(book, "tempo_curve")
    expect(page.get_by_text(text("pictures.tempo.summary", low=95, high=100, middle=98, first=95, last=100))).to_be_visible()
    assert page.locator(".curve").get_attribute("d").count("M") == 1


def test_an_empty_session_says_so(book):
    for module, key in (("timeline", "pictures.time.nobody"), ("tempo_curve", "pictures.tempo.none")):
        page = book.draw(module, PICTURES[module][0], diary={"start": DIARY["start"], "rows": []})
        expect(page.get_by_text(text(key))).to_be_visible()


def test_names_in_pictures_are_text(book):
    people = [{**PEOPLE[0], "nickname": "<img src=x onerror=alert(1)>"}]
    page = book.draw("timeline", "imm-timeline", people=people, diary=json.loads(json.dumps(DIARY)))
    assert page.locator("img").count() == 0
    expect(page.locator(".time-row .name").first).to_have_text(people[0]["nickname"])
