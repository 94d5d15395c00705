"""Data files in TOML: read, checked against a pydantic model, and every mistake told in a plain sentence."""
import difflib
import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import CoreSchema, ErrorDetails, core_schema

#: A data file is written by hand: what is larger is something else.
MOST_BYTES = 1_000_000
#: So many words or sentences at once help; more are noise.
_MOST_WORDS, _MOST_SENTENCES = 12, 20


class Data(BaseModel):
    """A table of a data file: no unknown keys, no guessed types, no infinity."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class DataFile(Data):
    """A whole data file, which begins with `schema = 1`."""

    version: Literal[1] = Field(alias="schema", description="Version of this kind of file; always 1.")


class OneOf:
    """Annotation of a text field: only these words.  Literal for lists that are made by a program."""

    def __init__(self, words: Iterable[str]):
        self.words = list(words)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return core_schema.literal_schema(list(self.words))


class BadFile(ValueError):
    """A data file that can't be used; `sentences` say why, one a mistake."""

    def __init__(self, sentences: Sequence[str]):
        super().__init__("\n".join(sentences))
        self.sentences = list(sentences)


M = TypeVar("M", bound=BaseModel)


def read_toml(path: Path, model: type[M]) -> M:
    """Read a file as `model`.  BadFile with sentences when it can't be read or has mistakes."""
    path = Path(path)
    return fit(parse_toml(path), model, path.name)


def read_bytes(path: Path, most_bytes: int, kind: str) -> bytes:
    """Content of a file; BadFile with one sentence when it can't be read, or is too large to be a `kind`."""
    name = path.name
    try:
        if not path.is_file():
            raise BadFile([f"{name}: {'that is a folder' if path.is_dir() else 'there is no such file'}."])
        with path.open("rb") as file:
            raw = file.read(most_bytes + 1)
    except OSError as error:
        raise BadFile([f"{name}: it can't be read: {error.strerror or error}."]) from None
    if len(raw) > most_bytes:
        raise BadFile([f"{name}: it is larger than {most_bytes // 1_000_000} MB, so it is no {kind}."])
    return raw


def parse_toml(path: Path) -> dict[str, Any]:
    """Read a file as a plain table.  BadFile with one sentence when that fails."""
    name, raw = path.name, read_bytes(path, MOST_BYTES, "file of this program")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadFile([f"{name}: line {line} is not UTF-8 text. Save the file as UTF-8."]) from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadFile([_syntax(name, str(error), text)]) from None
    except (ValueError, RecursionError):
        raise BadFile([f"{name}: a number in it is too long, or brackets are too deep."]) from None


def fit(table: dict[str, Any], model: type[M], name: str) -> M:
    """Take a plain table as `model`; `name` begins each sentence of the BadFile that tells what is wrong."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise BadFile(_sentences(error, model, name)) from None


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The word that was probably meant."""
    by_lower = {other.lower(): other for other in words}
    found = difflib.get_close_matches(word.lower(), list(by_lower), 1, 0.6)
    return by_lower[found[0]] if found else None


def possible(word: object, words: Sequence[str]) -> str:
    """Say which words are possible and which was probably meant; the most alike first when they are many."""
    meant = nearest(word, words) if isinstance(word, str) else None
    hint = f" Did you mean {meant}?" if meant else ""
    if len(words) <= _MOST_WORDS:
        return f"possible are {', '.join(words)}.{hint}"
    alike = difflib.get_close_matches(str(word).lower(), words, _MOST_WORDS, 0.3)
    shown = [*alike, *(other for other in words if other not in alike)][:_MOST_WORDS]
    return f"possible are {', '.join(shown)} and {len(words) - len(shown)} more.{hint}"


# --- sentences ------------------------------------------------------------------------------------------------------
def _syntax(name: str, message: str, text: str) -> str:
    """What tomllib says, with the line in front and shown."""
    found = re.search(r"^(.*?) \(at (?:line (\d+), column \d+|end of document)\)$", message, re.DOTALL)
    if not found:
        return f"{name}: {message}."
    what = found[1][0].lower() + found[1][1:]
    lines = text.splitlines()
    number = int(found[2]) if found[2] else max(len(lines), 1)
    line = lines[number - 1].strip() if number <= len(lines) else ""
    return f"{name}: line {number}, {_cut(line)!r}: {what}." if line else f"{name}: line {number}: {what}."


def _sentences(error: ValidationError, model: type[BaseModel], name: str) -> list[str]:
    whole = model.model_json_schema()
    by_place: dict[str, tuple[bool, str]] = {}
    for detail in error.errors(include_url=False):
        schema, path = _walk(whole, detail["loc"])
        if detail["loc"][-1:] == ("[key]",):  # the key itself is wrong, not what it says
            schema, _ = _walk(whole, detail["loc"][:-2])
            sentence = f"{name}: {_unknown_key(schema, path)}"
        else:
            sentence = f"{name}: {_sentence(detail, schema, path)}"
        place = _place(path)
        off_type = detail["type"].endswith("_type") or (
            detail["type"] == "literal_error" and not isinstance(detail["input"], str))
        # the arms of a union complain at one place: the one that understood the type says more
        if place not in by_place or (by_place[place][0] and not off_type):
            by_place[place] = off_type, sentence
    found = [sentence for _, sentence in by_place.values()]
    if len(found) > _MOST_SENTENCES:
        found[_MOST_SENTENCES:] = [f"{name}: {len(found) - _MOST_SENTENCES} more mistakes."]
    return found


def _walk(whole: dict[str, Any], loc: Sequence[int | str]) -> tuple[dict[str, Any], list[int | str]]:
    """The piece of a JSON schema that `loc` leads to, and `loc` without what pydantic adds for itself (arms of unions)."""
    here, path = _resolve(whole, whole), []
    for i, step in enumerate(loc):
        arms = [_resolve(whole, arm) for arm in here.get("anyOf", here.get("oneOf", [here]))]
        inner = next((found for arm in arms if (found := _inside(arm, step)) is not None), None)
        if inner is not None:
            here = _resolve(whole, inner)
            path.append(step)
        elif i == len(loc) - 1 and any("properties" in arm for arm in arms) and len(arms) == 1:
            path.append(step)       # a key that is not there: the table it was looked for in stays
    return here, path


def _inside(schema: dict[str, Any], step: int | str) -> dict[str, Any] | None:
    if isinstance(step, int):
        fixed = schema.get("prefixItems", [])
        return fixed[step] if step < len(fixed) else schema.get("items")
    found = schema.get("properties", {}).get(step)
    if found is None and isinstance(more := schema.get("additionalProperties"), dict):
        found = more
    return found


def _resolve(whole: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    arms = [arm for arm in schema.get("anyOf", []) if arm.get("type") != "null"]
    return _resolve(whole, arms[0]) if len(arms) == 1 else schema


def _place(path: Sequence[int | str]) -> str:
    """Keys as people say them: `sound.voice`, `touch 2, keys`."""
    text = ""
    for before, step in zip((None, *path), path, strict=False):
        if isinstance(step, int):
            text += f" {step + 1}"
        else:
            text += (", " if isinstance(before, int) else "." if text else "") + step
    return text.strip()


def _value(value: object) -> str:
    if isinstance(value, str):
        return f'"{_cut(value)}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a table"
    return _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _range(schema: dict[str, Any]) -> str:
    schema = next((arm for arm in schema.get("anyOf", []) if any("imum" in key for key in arm)), schema)
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if low is not None and high is not None:
        return f"{low:g} to {high:g} are possible"
    bounds = [f"{word} {bound:g}" for word, bound in (("at least", low), ("more than", above), ("at most", high),
                                                      ("less than", below)) if bound is not None]
    return f"{' and '.join(bounds)} is possible"


_NEEDED = {
    "string_type": "text in quotes", "int_type": "a whole number", "int_from_float": "a whole number",
    "float_type": "a number", "bool_type": "true or false", "list_type": "a list", "tuple_type": "a list",
    "set_type": "a list", "dict_type": "a table", "finite_number": "an ordinary number",
}


def _words(schema: dict[str, Any]) -> list[str]:
    """What a field of fixed words takes, whichever arm of a union has them."""
    found = [word for arm in schema.get("anyOf", [schema])
             for word in arm.get("enum", [arm["const"]] if "const" in arm else [])]
    return [str(word) for word in found]


def _sentence(error: ErrorDetails, schema: dict[str, Any], path: list[int | str]) -> str:
    """One mistake, without the name of the file."""
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    place = _place(path)
    found = f"{place} is {_value(value)}" if place else "it"
    if kind == "missing":
        return "schema is missing; write schema = 1 in the first line." if path == ["schema"] else f"{place} is missing."
    if kind == "extra_forbidden":
        return _unknown_key(schema, path)
    if path == ["schema"]:
        return f"{found}; this program understands {schema.get('const', 1)}."
    if kind in ("literal_error", "enum"):
        return f"{found}; {possible(value, _words(schema))}"
    if kind.startswith(("greater_than", "less_than")):
        return f"{found}; {_range(schema)}."
    if kind in ("model_type", "model_attributes_type"):
        return f"{found}; a table of keys and values is needed."
    if kind == "list_type" and schema.get("items", {}).keys() & {"$ref", "properties"}:
        return f"{found}; tables that begin with [[{place}]] are needed."
    if kind in _NEEDED:
        return f"{found}; {_NEEDED[kind]} is needed."
    if kind in ("too_short", "too_long"):
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        count = f"{least} to {most}" if most is not None else f"at least {least}"
        return f"{place} has {context['actual_length']} entries; {count} are possible."
    if kind in ("string_too_short", "string_too_long"):
        least, most = schema.get("minLength", 0), schema.get("maxLength")
        count = f"{least} to {most}" if most is not None else f"at least {least}"
        return f"{found}; {count} characters are possible."
    if kind == "string_pattern_mismatch" and "description" in schema:
        return f"{found}; {schema['description'][0].lower()}{schema['description'][1:]}"
    if kind == "value_error" and isinstance(value, dict | list):
        return f"{place}: {context['error']}" if place else str(context["error"])
    if kind == "value_error":
        return f"{found}; {context['error']}"
    return f"{found}; {error['msg'][0].lower()}{error['msg'][1:]}."


def _unknown_key(schema: dict[str, Any], path: list[int | str]) -> str:
    key, table = str(path[-1]), _place(path[:-1])
    names = list(schema.get("properties") or schema.get("propertyNames", {}).get("enum", []))
    meant = nearest(key, names)
    return (f'there is no key "{_cut(key)}"' + (f" in {table}" if table else "") + "."
            + (f" Did you mean {meant}?" if meant else f" Possible are {', '.join(names)}."))
