"""What compiled code can reach.  `python -m tests.compiled_code OUT.json` compiles all kernels afresh and writes it down.

numba cannot show the code of what it loads from its cache: run it with an empty NUMBA_CACHE_DIR.
"""
import importlib
import json
import pkgutil
import re
import sys
from pathlib import Path

import llvmlite.binding as llvm
import numpy as np

#: Functions of the mathematics library: no memory, no locks, no system calls.
LIBM = {"atan2", "cos", "exp", "exp2", "fmod", "fmodf", "floor", "log", "log10", "log2", "log2f", "pow", "powf", "sin", "sqrt",
        "sqrtf", "tan", "tanh"}
#: Letting go of an array whose count falls to 0.  Kernels see views of the block, which own nothing; an array that owns
#: memory would have to be made first, by NRT_Allocate or NRT_MemInfo_alloc.
RELEASE = "NRT_MemInfo_call_dtor"
#: numba's entries for callers from Python and from C around the code proper; their error paths take the GIL.
WRAPPER = re.compile(r"(_ZN7)?(cpython|cfunc)")


def calls(module):
    """What each function of a module calls: its name -> names; "indirect" for a pointer, "asm" for inline assembly."""
    found = {}
    for function in module.functions:
        if not function.is_declaration:
            names = found.setdefault(function.name, set())
            for block in function.blocks:
                for instruction in block.instructions:
                    if instruction.opcode in ("call", "invoke", "callbr"):
                        names.add(list(instruction.operands)[-1].name or ("asm" if " asm " in str(instruction) else "indirect"))
    return found


def reached(ir):
    """Names outside the module that its code proper can call, and "raise" when it stores an exception."""
    found = calls(llvm.parse_assembly(ir))
    waiting = [name for name in found if not WRAPPER.match(name) and not name.startswith(("NRT_", "numba_"))]
    inside, outside = set(waiting), set()
    while waiting:
        for name in found[waiting.pop()]:
            if name not in found:
                outside.add(name)
            elif name not in inside:
                inside.add(name)
                waiting.append(name)
    # numba keeps what is raised as a pickled constant
    return sorted(outside | ({"raise"} if "picklebuf" in ir else set()))


def forbidden(names):
    """Those of `names` that the audio thread must not call."""
    return [name for name in names if name not in LIBM and name not in ("asm", RELEASE) and not name.startswith("llvm.")]


def allocates(x):
    return np.zeros(8, np.float32)[int(x[0])]


def raises(x):
    if x[0] < 0.0:
        raise ValueError("negative")
    return x[0]


def prints(x):
    print(x[0])
    return x[0]


def assigns_a_slice(x):
    x[0:4] = x[4:8]
    return x[0]


def computes_with_arrays(x):
    return (x * x + x).sum()


def makes_a_list(x):
    values = [x[0]]
    values.append(x[1])
    return values[-1]


def makes_a_dict(x):
    return {1: x[0]}[1]


def makes_a_string(x):
    return len(str(int(x[0])))


def draws_at_random(x):
    return np.random.random() + x[0]  # noqa: NPY002  what is not to be done


def multiplies_matrices(x):
    return np.dot(x, x)


def sorts(x):
    return np.sort(x)[0]


def divides_as_python_does(x):
    return 1 // int(x[0])


def is_pure(x):
    total = 0.0
    for i in range(x.shape[0]):
        total += x[i] ** 2.5
    return total


#: Compiled with the options of @rt: what the check must find, and one that it must let pass.
BAD = (allocates, raises, prints, assigns_a_slice, computes_with_arrays, makes_a_list, makes_a_dict, makes_a_string,
       draws_at_random, multiplies_matrices, sorts)
GOOD = (is_pure, divides_as_python_does)


def examine():
    """Reach of every compiled kernel and of the examples, as {"kernels": {name: [...]}, "entries": ..., "examples": ...}."""
    from numba import njit
    from numba.core.ccallback import CFunc
    from numba.core.dispatcher import Dispatcher

    import imm_audio.kernels as kernels
    from imm_audio.kernels.engine import callback, door, half

    found, entries = {}, {}
    for info in pkgutil.walk_packages(kernels.__path__, "imm_audio.kernels."):
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            if isinstance(value, Dispatcher) and value.py_func.__module__ == info.name:
                names = set()
                for ir in value.inspect_llvm().values():
                    names.update(reached(ir))
                found[f"{info.name}.{name}".removeprefix("imm_audio.")] = sorted(names) if value.overloads else None
    for module in (callback, door, half):
        for name, value in vars(module).items():
            if isinstance(value, CFunc):
                entries[name] = reached(value.inspect_llvm())
    examples = {}
    for function in BAD + GOOD:
        compiled = njit("float64(float32[::1])", error_model="numpy", fastmath={"contract"}, nogil=True)(function)
        examples[function.__name__] = reached(next(iter(compiled.inspect_llvm().values())))
    return {"kernels": found, "entries": entries, "examples": examples}


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(examine(), indent=1), encoding="utf-8")
