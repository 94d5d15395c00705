"""Who may import whom, and who may touch the block."""
import ast
import re
from pathlib import Path

import pytest

from imm_audio.kernels.engine.state import HOST, STATE

ROOT = Path(__file__).resolve().parent.parent
KERNELS, CONTROL = ROOT / "kernels", ROOT / "imm_audio"
NUMERIC = {"math", "typing", "operator", "ctypes", "platform", "os", "numpy", "numba", "llvmlite"}
#: Folders of kernels/, lowest first.  Those of one layer may import each other, but no two modules in a circle.
LAYERS = (("rt",), ("voices", "effects", "music"), ("engine",))
#: Folders that hold data; their one Python file makes them packages and does nothing.
DATA = (ROOT / "instruments", ROOT / "sessions")


def modules(folder):
    """Every module below a folder."""
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def statements(node):
    """Everything that runs when a module is imported: not what stands inside functions."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from statements(child)


def imports(path, walk=ast.walk):
    """Absolute dotted names of the modules that are imported."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[:len(package) - node.level + 1] if node.level else ()
            origin = ".".join([*above, *([node.module] if node.module else [])])
            names = {alias.name for alias in node.names}
            # `from . import door` names modules, `from .door import push` does not
            as_modules = {name for name in names if (ROOT / origin.replace(".", "/") / f"{name}.py").exists()}
            yield from (f"{origin}.{name}" for name in as_modules)
            if names - as_modules:
                yield origin


def layer(name):
    """Height of a folder of kernels/."""
    return next(height for height, names in enumerate(LAYERS) if name in names)


def named(paths):
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in paths]


@pytest.mark.parametrize("path", named(modules(KERNELS)))
def test_kernels_import_only_the_numeric_stack_and_themselves(path):
    assert {name.split(".")[0] for name in imports(path)} <= NUMERIC | {"kernels"}


@pytest.mark.parametrize("path", named(path for path in modules(KERNELS) if path.parent != KERNELS))
def test_kernels_import_only_their_own_layer_and_those_below(path):
    own = layer(path.relative_to(KERNELS).parts[0])
    for name in imports(path):
        if name.startswith("kernels."):
            assert layer(name.split(".")[1]) <= own, name


def test_every_folder_of_kernels_has_its_layer():
    folders = {path.name for path in KERNELS.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == {name for names in LAYERS for name in names}


@pytest.mark.parametrize("folder", [KERNELS, CONTROL], ids=["kernels", "imm_audio"])
def test_no_module_imports_itself_in_a_circle(folder):
    graph = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"):
             set(imports(path, statements)) for path in modules(folder)}
    seen, done = [], set()

    def visit(name):
        assert name not in seen, [*seen[seen.index(name):], name]
        if name in done or name not in graph:
            return
        seen.append(name)
        for other in graph[name] - {name}:
            visit(other)
        seen.pop()
        done.add(name)

    for name in graph:
        visit(name)


@pytest.mark.parametrize("path", named(modules(CONTROL)))
def test_nobody_imports_tests_or_benchmarks(path):
    assert not {name.split(".")[0] for name in imports(path)} & {"tests", "benchmarks"}


@pytest.mark.parametrize("path", named(path for folder in DATA for path in modules(folder)))
def test_folders_of_data_run_nothing(path):
    body = ast.parse(path.read_text(encoding="utf-8")).body
    assert all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in body)


def test_only_the_callback_knows_the_signature_of_portaudio():
    knowing = {path.relative_to(ROOT).as_posix() for path in modules(KERNELS) if "c_ulong" in path.read_text("utf-8")}
    assert knowing == {"kernels/engine/callback.py"}
    driving = {path.relative_to(ROOT).as_posix() for path in modules(CONTROL) if "c_ulong" in path.read_text("utf-8")}
    assert driving <= {"imm_audio/engine.py", "imm_audio/host.py"}  # by hand, and the null device


#: Who may import which part of the kernels from Python: words that events are made of, layouts that data are made of.
WORDS = re.compile(r"kernels\.(engine\.(events|state)|effects\.(strip|rooms|vocal)|"
                   r"voices\.(part|bars|kit|pluck|sampler|tones)|music\.terms|music\.tuning|rt\.ring|rt)$")


@pytest.mark.parametrize("path", named(modules(CONTROL)))
def test_only_the_door_calls_kernels_everyone_else_uses_their_words(path):
    compiled = {"imm_audio/engine.py", "imm_audio/host.py", "imm_audio/clock_speed.py", "imm_audio/follow.py"}
    if path.relative_to(ROOT).as_posix() in compiled:
        return
    for name in imports(path):
        inner = name.removeprefix("imm_audio.")
        if inner.startswith("kernels."):
            assert WORDS.fullmatch(inner), name


def stores(path):
    """Fields of STATE that a module writes: `state["x"] = ...`, `engine.state["x"]["y"][0] += ...`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
        for target in (leaf for one in targets for leaf in (one.elts if isinstance(one, ast.Tuple) else [one])):
            at, field = target, None
            while isinstance(at, ast.Subscript):
                field = at.slice.value if isinstance(at.slice, ast.Constant) else None
                at = at.value
            if field in STATE.names:
                yield field
            elif isinstance(at, ast.Name) and at.id == "host" and field in HOST.names:
                yield "host"


#: Fields that belong to the control side (kernels/engine/state.py) and are written beside the door.
WRITERS = {
    "imm_audio/host.py": {"host"},
    "imm_audio/engine_process.py": {"host"},
}


@pytest.mark.parametrize("path", named(modules(CONTROL)))
def test_only_the_door_writes_the_state_and_the_host_its_own_record(path):
    here = path.relative_to(ROOT).as_posix()
    if here != "imm_audio/engine.py":
        assert set(stores(path)) <= WRITERS.get(here, set())


def test_the_rule_on_writers_sees_the_writers():
    assert {"sample_rate", "stems_steps"} <= set(stores(CONTROL / "engine.py"))
    assert set(stores(CONTROL / "engine_process.py")) == {"host"}
