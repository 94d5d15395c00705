"""Nothing that is compiled for the audio thread can allocate, raise, take the GIL, lock, or ask the system for anything."""
import ast
import json
from pathlib import Path

import pytest

from tests.compiled_code import BAD, GOOD, forbidden

ROOT = Path(__file__).resolve().parent.parent


def kernel_names():
    """Every function of kernels/ that wears @rt, as `kernels.folder.module.name`."""
    for path in sorted((ROOT / "kernels").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(ast.unparse(one) == "rt" for one in node.decorator_list):
                yield f"{module}.{node.name}"


def entry_names():
    """Every function of kernels/ that wears @cfunc."""
    for path in sorted((ROOT / "kernels").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(ast.unparse(one).startswith("cfunc") for one in node.decorator_list):
                yield node.name


@pytest.fixture(scope="module")
def compiled(compiled_kernels):
    """What all kernels reach, compiled afresh: numba cannot show the code of what it finds in its cache."""
    return json.loads(compiled_kernels.read_text(encoding="utf-8"))


@pytest.mark.parametrize("function", BAD, ids=lambda function: function.__name__)
def test_the_check_finds_what_a_kernel_must_not_do(compiled, function):
    assert forbidden(compiled["examples"][function.__name__])


@pytest.mark.parametrize("function", GOOD, ids=lambda function: function.__name__)
def test_the_check_lets_pass_what_is_harmless(compiled, function):
    assert not forbidden(compiled["examples"][function.__name__])


def test_the_callback_and_the_doors_call_nothing_but_mathematics(compiled):
    assert set(compiled["entries"]) == set(entry_names())
    assert {name: forbidden(names) for name, names in compiled["entries"].items() if forbidden(names)} == {}


def test_every_kernel_calls_nothing_but_mathematics(compiled):
    reach = {name: names or [] for name, names in compiled["kernels"].items()}
    assert {name: forbidden(names) for name, names in reach.items() if forbidden(names)} == {}


def test_every_kernel_is_reached_by_the_callback_or_a_door(compiled):
    assert set(compiled["kernels"]) == set(kernel_names())
    assert [name for name, names in compiled["kernels"].items() if names is None] == []  # else: dead code
    assert len(compiled["kernels"]) > 100


def test_the_callback_flushes_denormals_and_puts_the_processor_back(compiled):
    words = {"llvm.x86.sse.ldmxcsr", "llvm.x86.sse.stmxcsr"}
    assert words <= set(compiled["entries"]["callback"]) or "asm" in compiled["entries"]["callback"]
