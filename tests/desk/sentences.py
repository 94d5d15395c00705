"""Every sentence the program can say to people, found in its source: so that a test can ask whether each has a translation.

`python -m tests.desk.sentences` lists those without a German one, `--all` all of them.
"""
import ast
import itertools
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import imm_audio
from imm_audio.desk.texts import JOINTS, NOTICES, UNDO, pattern_of, texts_by_english

SOURCE = Path(imm_audio.__file__).parent
#: What is called with a sentence: the name of the function, and which argument it is.
TELLERS = {"tell": 2, "say": 0, "say_once": 0, "_tell": 0, "_say": 0}
#: The same in readers of songs, which add the full stop.
TELLERS_OF_READERS = {"say": 1, "_say": 0}
#: Classes whose instances carry sentences in these fields.
CARRIERS = {"Answer": ("say",), "Finding": ("what", "do")}
#: Findings of the doctor that stand on the desk (room/warnings.py).
ASKED = {"attempt", "judge_battery", "judge_disk", "judge_governors", "judge_output", "judge_saving", "probe_power"}
#: Files of the room whose changes can be taken back.
CHANGERS = ("people", "plan", "room", "taking", "tuner")
#: Files of the program whose sentences reach the desk.
SPEAKERS = ("room", "desk", "inputs", "sync", "songs", "host.py",
            "engine_process.py", "supervisor.py", "scribe.py", "live.py", "listening", "backing/__main__.py", "doctor.py")
#: What only the terminal says.
TERMINAL = ("inputs/computer_keys.py", "inputs/midi_file.py", "room/leader.py")
#: Folders in which whatever reads like a sentence is said to people sooner or later.
OPEN_MOUTHED = ("room", "desk", "sync", "inputs", "songs")
_MOST, _DEEPEST = 64, 6   # combinations of the parts of one sentence; how far a name is followed


@dataclass(frozen=True)
class Said:
    """A sentence with {placeholders}, and where it stands."""

    template: str
    where: str
    file: str = NOTICES     # of the catalogue


class _Module:
    """One file: its functions by name, and what its names stand for."""

    def __init__(self, path: Path):
        self.path = path
        self.tree = ast.parse(path.read_text("utf-8"))
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}
        self.functions = {node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)}

    def sentences(self, node: ast.AST, depth: int = 0) -> list[str]:
        """What the expression can be, as templates; [] when nothing of it is known."""
        if depth > _DEEPEST:
            return []
        match node:
            case ast.Constant(value=str(text)):
                return [_with_placeholders(text)]
            case ast.JoinedStr(values=parts):
                return _joined([self.sentences(part, depth) or [""] for part in parts])
            case ast.FormattedValue(value=value):
                return list(filter(None, self._or_placeholder(value, depth + 1))) or [""]
            case ast.IfExp(body=yes, orelse=no):
                return [*self._or_placeholder(yes, depth), *self._or_placeholder(no, depth)]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return _joined([self._or_placeholder(left, depth), self._or_placeholder(right, depth)])
            case ast.BoolOp(values=parts):
                return [text for part in parts for text in self._or_placeholder(part, depth) if text]
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Dict(values=parts):
                return [text for part in parts for text in self.sentences(part, depth)]
            case ast.Subscript(value=value):
                return self.sentences(value, depth + 1)
            case ast.Name(id=name):
                return [text for value in self._values_of(name, node) for text in self.sentences(value, depth + 1)]
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in self.functions:
                returned = (part.value for part in ast.walk(self.functions[name]) if isinstance(part, ast.Return | ast.Yield))
                return [text for value in returned if value for text in self.sentences(value, depth + 1)]
        return []

    def _or_placeholder(self, node: ast.AST, depth: int) -> list[str]:
        return self.sentences(node, depth) or [_placeholder(node)]

    def _values_of(self, name: str, node: ast.AST) -> Iterator[ast.AST]:
        """What a name is given in the function around `node`, or in the module."""
        for other in [*ast.walk(self._scope(node)), *self.tree.body]:
            if isinstance(other, ast.Assign | ast.AnnAssign | ast.NamedExpr) and other.value:
                targets = other.targets if isinstance(other, ast.Assign) else [other.target]
                if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                    yield other.value

    def _scope(self, node: ast.AST) -> ast.AST:
        """The function around a node, or the module."""
        while node in self.parents and not isinstance(node, ast.FunctionDef):
            node = self.parents[node]
        return node

    def said(self) -> Iterator[tuple[str, int]]:
        """(template, line) of all that is said."""
        reader = self.path.parent.name == "songs"
        tellers, stop = (TELLERS_OF_READERS, ".") if reader else (TELLERS, "")
        open_mouthed = any(self.path.is_relative_to(SOURCE / folder) for folder in OPEN_MOUTHED)
        for node in ast.walk(self.tree):
            spoken: list[ast.AST] = []
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                spoken = node.args[tellers[name]:][:1] if name in tellers else []
                yield from ((text + stop, node.lineno) for part in spoken for text in self.sentences(part))
                fields = [keyword.value for keyword in node.keywords if keyword.arg in CARRIERS.get(name, ())]
                spoken = [*fields, *node.args] if name in CARRIERS and self._is_asked(node) else []
            elif open_mouthed and _is_text(node) and self._is_whole(node) and _ends(self.sentences(node)):
                spoken = [node]
            yield from ((text, node.lineno) for part in spoken for text in self.sentences(part))

    def undone(self) -> Iterator[tuple[str, int]]:
        """(template, line) of words for what would be taken back."""
        for node in ast.walk(self.tree):
            words: ast.AST | None = None
            match node:
                case ast.Call(func=ast.Name(id="Change"), args=[words, *_]):
                    pass
                case ast.Assign(targets=[ast.Name(id="words")], value=words):
                    pass
                case ast.Return(value=ast.JoinedStr() as words) if self.path.stem in ("people", "plan"):
                    pass
                case ast.Return(value=ast.Tuple(elts=[_, ast.JoinedStr() as words])) if self.path.stem in ("people", "plan"):
                    pass
            if words:
                yield from ((text, node.lineno) for text in self.sentences(words))

    def _is_asked(self, node: ast.Call) -> bool:
        """Reaches the desk: of the doctor's findings only some do, and none that is fine."""
        fine = isinstance(node.args[0], ast.Constant) and node.args[0].value == "ok" if node.args else False
        return self.path.stem != "doctor" or (not fine and getattr(self._scope(node), "name", "") in ASKED)

    def _is_whole(self, node: ast.AST) -> bool:
        """A whole text, neither a docstring nor the description of a field."""
        around = self.parents[node]
        return not (_is_text(around) or isinstance(around, ast.Expr | ast.FormattedValue | ast.IfExp)
                    or (isinstance(around, ast.keyword) and around.arg == "description"))


def _is_text(node: ast.AST) -> bool:
    return (isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
            or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and (_is_text(node.left) or _is_text(node.right))))


def _ends(templates: list[str]) -> bool:
    return any(text.rstrip().endswith((".", "?", "!")) for text in templates)


def _with_placeholders(text: str) -> str:
    """{:g} and {name:g} of str.format as they are written here."""
    return re.sub(r"\{(\w*)(:\w+)?\}", lambda found: f"{{{found[1] or 'value'}}}", text)


def _joined(parts: list[list[str]]) -> list[str]:
    return ["".join(found) for found in itertools.islice(itertools.product(*parts), _MOST)]


def _placeholder(node: ast.AST) -> str:
    names = [part.attr if isinstance(part, ast.Attribute) else part.id for part in ast.walk(node)
             if isinstance(part, ast.Attribute | ast.Name)]
    return "{" + (names[0] if names else "value").strip("_") + "}"


def all_sentences() -> list[Said]:
    """Everything the program can tell people at the desk."""
    found: dict[str, Said] = {}
    for speaker in SPEAKERS:
        place = SOURCE / speaker
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            if str(path.relative_to(SOURCE)) in TERMINAL:
                continue
            module = _Module(path)
            for template, line in module.said():
                for sentence in filter(_is_sentence, map(str.strip, template.split("\n"))):
                    found.setdefault(sentence, Said(sentence, f"{path.relative_to(SOURCE)}:{line}"))
            if path.parent.name == "room" and path.stem in CHANGERS:
                for words, line in module.undone():
                    found.setdefault(words, Said(words, f"{path.relative_to(SOURCE)}:{line}", UNDO))
    return list(found.values())


def _is_sentence(text: str) -> bool:
    """Has words of its own, and is not about an option of the command line."""
    own = "".join(part.rpartition("}")[2] for part in text.split("{"))
    return sum(letter.isalpha() for letter in own) > 2 and " " in text.strip() and not text.startswith("--")


def untranslated(language: str) -> list[Said]:
    """Sentences of which something has no template in the catalogue of `language`."""
    patterns = {file: [pattern_of(template) for template in texts_by_english(language, file)] for file in (NOTICES, UNDO)}

    def is_known(text: str, file: str) -> bool:
        if any(pattern.fullmatch(text) for pattern in patterns[file]) or not _is_sentence(text):
            return True
        found = (joint.split(text, maxsplit=1) for joint in JOINTS)
        parts = next((parts for parts in found if len(parts) == 2), [])
        return file == NOTICES and bool(parts) and all(is_known(part, file) for part in parts)

    return [said for said in all_sentences() if not is_known(said.template, said.file)]


def main() -> None:
    for said in all_sentences() if "--all" in sys.argv else untranslated("de"):
        print(f"{said.where}: {said.template}")


if __name__ == "__main__":
    main()
