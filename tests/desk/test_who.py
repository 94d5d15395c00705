import pytest

from imm_audio.desk.who import (
    CODE_LETTERS,
    CODE_S,
    EASY,
    GUESSES_S,
    INVITATION_S,
    MOST_GUESSES,
    MOST_GUESSES_OF_ALL,
    ROLES,
    Cookies,
    Guesses,
    Invitations,
    JoinCodes,
    Who,
    tidy,
)


class Clock:
    def __init__(self):
        self.now_s = 1234.5

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


# --- cookies --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ROLES)
def test_a_cookie_says_who_a_page_is_also_to_another_desk_of_the_session(role):
    text = Cookies("key").make(Who(role, "0123456789abcdef"))
    assert Cookies("key").read(role, text) == Who(role, "0123456789abcdef")


def test_a_cookie_of_another_session_is_nobodys():
    assert Cookies("tonight").read("player", Cookies("yesterday").make(Who("player", "0123456789abcdef"))) is None


def test_a_player_does_not_become_a_facilitator_by_renaming_the_cookie():
    assert Cookies("key").read("facilitator", Cookies("key").make(Who("player", "0123456789abcdef"))) is None


@pytest.mark.parametrize("text", [None, "", ".", "x.y.z", "W10.abc", "\0", "ü" * 10, "a" * 5000])
def test_a_cookie_that_somebody_made_up_is_nobodys(text):
    assert Cookies("key").read("player", text) is None


def test_a_cookie_that_was_changed_is_nobodys():
    text = Cookies("key").make(Who("player", "0123456789abcdef"))
    other = Cookies("key").make(Who("player", "fedcba9876543210"))
    assert Cookies("key").read("player", other.split(".")[0] + "." + text.split(".")[1]) is None


# --- codes ----------------------------------------------------------------------------------------------------------
def test_codes_have_only_letters_that_nobody_takes_for_another(clock):
    assert not set("01OI") & set(EASY)
    code, _ = JoinCodes("key", clock).current()
    assert len(code) == CODE_LETTERS
    assert set(code) <= set(EASY)


def test_a_join_code_is_new_every_ten_minutes_and_good_for_twenty(clock):
    codes = JoinCodes("key", clock)
    first, seconds = codes.current()
    assert 0 < seconds <= CODE_S
    assert codes.is_good(first)
    clock.now_s += seconds
    second, _ = codes.current()
    assert second != first
    assert codes.is_good(first)
    assert codes.is_good(second)
    clock.now_s += CODE_S
    assert not codes.is_good(first)
    assert codes.is_good(second)


def test_another_desk_of_the_session_has_the_same_code_and_another_session_has_not(clock):
    assert JoinCodes("key", clock).current() == JoinCodes("key", clock).current()
    assert JoinCodes("key", clock).current()[0] != JoinCodes("yek", clock).current()[0]


def test_a_code_may_be_typed_in_small_letters_with_spaces(clock):
    code, _ = JoinCodes("key", clock).current()
    assert JoinCodes("key", clock).is_good(f" {code[:3].lower()}-{code[3:].lower()} ")
    assert tidy("ab c-1") == "ABC1"


@pytest.mark.parametrize("code", ["", " ", "AAAAAA", "ÄÖÜ", "\ud800", "A" * 10000])
def test_other_words_are_no_code(clock, code):
    assert not JoinCodes("key", clock).is_good(code)


def test_an_invitation_is_for_one_page_and_two_minutes(clock):
    invitations = Invitations(clock)
    one, other = invitations.invite("wall"), invitations.invite("facilitator")
    assert invitations.is_good(one)
    assert invitations.use(one) == "wall"
    assert invitations.use(one) is None
    clock.now_s += INVITATION_S + 1
    assert not invitations.is_good(other)
    assert invitations.use(other) is None


def test_the_programs_own_code_lives_until_it_is_used(clock):
    invitations = Invitations(clock)
    code = invitations.invite("facilitator", float("inf"))
    clock.now_s += 1e6
    invitations.invite("wall")  # clears what is over
    assert invitations.use(code) == "facilitator"


def test_who_guesses_has_to_wait_and_others_do_not(clock):
    guesses = Guesses(clock)
    for _ in range(MOST_GUESSES):
        assert not guesses.too_many("192.168.0.9")
        guesses.wrong("192.168.0.9")
    assert guesses.too_many("192.168.0.9")
    assert not guesses.too_many("192.168.0.10")
    clock.now_s += GUESSES_S + 1
    assert not guesses.too_many("192.168.0.9")


def test_many_devices_together_guess_no_faster(clock):
    guesses = Guesses(clock)
    for n in range(MOST_GUESSES_OF_ALL):
        guesses.wrong(f"10.0.{n // 256}.{n % 256}")
    assert guesses.too_many("10.9.9.9")
