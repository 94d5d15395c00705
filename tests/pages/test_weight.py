"""How much a phone has to fetch before it plays, and from whom."""
import pytest

#: All that a page fetches until it can be used, unpacked [bytes].
HEAVIEST = 300_000


@pytest.mark.parametrize(("role", "path", "ready"), [
    ("desk", "/desk", "#six-start"), ("player", "/play", "#stage button.field"), ("wall", "/wall", "#welcome h2, #words"),
    ("player", "/join", "#go"), ("wall", "/part?seat=1", "main")])
def test_a_page_is_light_and_all_of_it_comes_from_this_computer(empty_room, role, path, ready):
    room = empty_room
    context = room.context()                                   # with an empty cache
    context.add_cookies(getattr(room, role)().context.cookies())
    page, weight = room.page(context), {}
    page.on("response", lambda answer: weight.update({answer.url: answer}))
    page.goto(f"{room.origin}{path}")
    page.locator(ready).first.wait_for(state="attached")
    page.wait_for_load_state("networkidle")
    sizes = {url.removeprefix(room.origin): len(answer.body()) for url, answer in weight.items() if answer.status == 200}
    assert len(sizes) > 4
    assert sum(sizes.values()) < HEAVIEST, sorted(sizes.items(), key=lambda item: -item[1])
    assert all(url.startswith((room.origin, "data:", "blob:")) for url in weight)
