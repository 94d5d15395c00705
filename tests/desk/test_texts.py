"""Everything people read exists in every language, says the same, and is used."""
import json
import re
from pathlib import Path

import pytest

import imm_audio
from imm_audio.catalog.instrument import FAMILIES
from imm_audio.catalog.labels import labels
from imm_audio.catalog.library import Library, Styles
from imm_audio.desk.texts import (
    BY_ENGLISH,
    ENGLISH,
    NOTICES,
    UNDO,
    WORDS,
    folder,
    languages,
    pattern_of,
    texts,
    texts_by_english,
    translate,
    translate_undo,
    word,
)
from imm_audio.tunings.shelf import tunings_now
from tests.desk.sentences import all_sentences, untranslated

STATIC = Path(imm_audio.__file__).parent / "desk" / "static"
OTHERS = [language for language in languages() if language != ENGLISH]
_PLACEHOLDER = re.compile(r"\{\w+\}")


def catalogue(language):
    """File -> key -> text of the pages."""
    return {path.name: json.loads(path.read_text("utf-8")) for path in sorted((folder() / language).glob("*.json"))
            if path.name not in BY_ENGLISH}


# --- texts of the pages ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", OTHERS)
def test_every_text_exists_in_every_language(language):
    english, other = catalogue(ENGLISH), catalogue(language)
    assert {file: sorted(found) for file, found in english.items()} == {file: sorted(found) for file, found in other.items()}


@pytest.mark.parametrize("language", languages())
def test_no_text_is_empty_and_none_is_written_twice(language):
    found = catalogue(language)
    assert not [key for part in found.values() for key, text in part.items() if not text.strip()]
    assert sum(map(len, found.values())) == len(texts(language))
    assert all(key.startswith(f"{Path(file).stem}.") for file, part in found.items() for key in part)


@pytest.mark.parametrize("language", OTHERS)
def test_translations_fill_in_the_same_values(language):
    english, other = texts(ENGLISH), texts(language)
    different = {key for key in english if sorted(set(_PLACEHOLDER.findall(english[key])))
                 != sorted(set(_PLACEHOLDER.findall(other[key])))}
    assert not different


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_in_english(language):
    """Texts of several words differ; single words may be the same."""
    english, other = texts(ENGLISH), texts(language)
    assert not [key for key, text in english.items() if len(re.findall(r"[a-z]{2,}", text)) > 2 and other[key] == text]


def test_an_unknown_language_is_english():
    assert texts("xx") == texts(ENGLISH)
    assert word("Piano", "xx") == "Piano"


# --- what pages ask for ---------------------------------------------------------------------------------------------
#: t("key"), has("key"), data-t="key", data-t-label="key"
_ASKED = re.compile(r"""(?:\bt|\bhas)\(\s*["'`]([\w.]+)["'`]|data-t(?:-\w+)?=["']([\w.]+)["']""")
#: `desk.start.${way}`: everything that begins and ends so
_MADE = re.compile(r"`([a-z_]+\.[\w.]*\$\{[^`]*)`")


def asked_for():
    """(keys named in scripts and pages, patterns of keys that scripts put together, every quoted word with a dot)."""
    keys, made, quoted = set(), [], set()
    for path in [*STATIC.rglob("*.js"), *STATIC.rglob("*.html")]:
        source = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
        keys |= {one or two for one, two in _ASKED.findall(source)}
        made += [re.compile(".*?".join(map(re.escape, re.split(r"\$\{[^}]*\}", text)))) for text in _MADE.findall(source)]
        quoted |= set(re.findall(r"""["'`]([a-z_]+\.[\w.]+)["'`]""", source))
    return keys, made, quoted


def test_every_text_a_page_asks_for_exists():
    known = texts(ENGLISH)
    counted = {key.rpartition(".")[0] for key in known if key.endswith((".one", ".other"))}
    assert sorted(key for key in asked_for()[0] if "." in key and key not in known and key not in counted) == []


def test_every_text_is_used():
    keys, made, quoted = asked_for()
    unused = [key for key in texts(ENGLISH) if not {key, re.sub(r"\.(one|other)$", "", key)} & (keys | quoted)
              and not any(pattern.fullmatch(key) for pattern in made)]
    assert sorted(unused) == []


# --- what the program says --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", OTHERS)
def test_everything_the_program_says_has_a_translation(language):
    assert [f"{said.where}: {said.template}" for said in untranslated(language)] == []


def test_the_sentences_are_found_in_the_source():
    found = {said.template for said in all_sentences()}
    assert "{name} is unplugged. It will come back by itself." in found                       # an argument
    assert "{name} is plugged in and plays like a gamepad." in found                          # a table, and a choice
    assert "The sound engine had to be started again. The music stopped for a moment." in found  # names
    assert "MIDI clock: {problem}" not in {said.template for said in untranslated("de")}      # its beginning is known


@pytest.mark.parametrize("file", [NOTICES, UNDO])
@pytest.mark.parametrize("language", OTHERS)
def test_notices_say_the_same_values(language, file):
    for english, other in texts_by_english(language, file).items():
        assert sorted(_PLACEHOLDER.findall(english)) == sorted(_PLACEHOLDER.findall(other)), english
        assert pattern_of(english).fullmatch(english)
        assert other.strip()


def test_notices_are_recognised_with_their_values():
    assert translate("Oxygen 25 is unplugged. It will come back by itself.", "de") \
        == "Oxygen 25 ist ausgesteckt. Es kommt von selbst wieder."
    assert translate("Rosa plays Piano.", "de") == "Rosa spielt Klavier."
    assert translate('The take "tea.time" was closed after 12 minutes and is safe. The music goes on.', "de") \
        == "Die Aufnahme „tea.time“ wurde nach 12 Minuten beendet und ist sicher. Die Musik geht weiter."
    assert translate('The computer was too slow for the recording: 1.5 s of the take "a" are silent.', "de") \
        == "Der Computer war zu langsam für die Aufnahme: 1,5 Sekunden der Aufnahme „a“ sind still."
    assert translate("Taken back: Rosa plays Koto.", "de") == "Zurückgenommen: Rosa spielt Koto."
    assert translate_undo("bright for Rosa", "de") == "hell für Rosa"
    assert translate('song.cho: line 3: "Q" is no chord that is known here.\nNever heard of it.', "de") \
        == "song.cho: Zeile 3: „Q“ ist kein Akkord, der hier bekannt ist.\nNever heard of it."


def test_english_and_unknown_sentences_stay():
    assert translate("Rosa plays Piano.", "en") == "Rosa plays Piano."
    assert translate("", "de") == ""
    assert translate("Nobody ever said this: not here.", "de") == "Nobody ever said this: not here."


# --- words of data files ----------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    nowhere = tmp_path_factory.mktemp("own")
    return Library(nowhere), Styles(nowhere).styles.values()


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_of_shipped_instruments_styles_and_tunings_has_a_translation(language, shipped):
    library, styles = shipped
    needed = set(FAMILIES)
    for instrument in library.instruments.values():
        needed |= {instrument.name, instrument.say, *(macro.label for macro in instrument.macro)}
        for colour_map in library.maps.values():
            needed |= {label.letter for label in labels(instrument, colour_map).values()}
    tunings = tunings_now()[0].values()
    needed |= {text for found in [*styles, *library.maps.values(), *tunings] for text in (found.name, found.say)}
    words = texts_by_english(language, WORDS)
    notes = re.compile(r"[A-G]#?|\d+")
    assert sorted(text for text in needed if text not in words and not notes.fullmatch(text)) == []
    assert sorted(text for text in words if text not in needed) == []
    assert not [text for text in words.values() if not text.strip()]


# --- right to left ------------------------------------------------------------------------------------------------------
#: Properties and values that know a left and a right side; logical ones turn with the script.
_SIDED_CSS = re.compile(r"(?:margin|padding|border)-(?:left|right)\b|border-(?:top|bottom)-(?:left|right)-radius"
                        r"|(?<![\w-])(?:left|right)\s*:|(?:text-align|float|clear)\s*:\s*(?:left|right)\b")
#: Where a finger is has no direction of reading, so scripts may say `left`.
_SIDED_SCRIPT = re.compile(r"\.style\.(?:marginLeft|marginRight|paddingLeft|paddingRight)\b")


def test_styles_turn_with_the_script():
    found = {}
    for path in [*STATIC.rglob("*.css"), *STATIC.rglob("*.js")]:
        source = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
        if sides := (_SIDED_CSS if path.suffix == ".css" else _SIDED_SCRIPT).findall(source):
            found[path.name] = sides
    assert found == {}


def test_every_language_says_which_way_it_runs():
    assert {language: texts(language)["common.direction"] for language in languages()} == {"en": "ltr", "de": "ltr"}
