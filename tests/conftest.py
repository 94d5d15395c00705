"""What all tests share."""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import imm_audio  # noqa: F401  before numba: it points numba's cache at a folder of its own

_ROOT = Path(__file__).parent.parent
#: Whoever needs it asks for it once.
_COMPILERS = "test_realtime_safety.py"
_compiling = pytest.StashKey["_Compiling"]()


class _Compiling:
    """Compiles all kernels afresh, which takes minutes of one core, while other tests run on the others."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="compiled")
        self.path = Path(self._folder.name) / "reach.json"
        environment = os.environ | {"NUMBA_CACHE_DIR": str(Path(self._folder.name) / "cache")}
        command = [sys.executable, "-m", "tests.compiled_code", str(self.path)]
        self._process = subprocess.Popen(command, cwd=_ROOT, env=environment)

    def wait(self) -> int:
        """Until it is done; its exit status."""
        return self._process.wait(600)

    def close(self) -> None:
        """End it, if nobody waited for it, and take its files away."""
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()


def pytest_collection_finish(session):
    """Begin early with what takes longest."""
    if any(item.path.name == _COMPILERS for item in session.items) and not session.config.option.collectonly:
        session.config.stash[_compiling] = _Compiling()


def pytest_unconfigure(config):
    if _compiling in config.stash:
        config.stash[_compiling].close()


@pytest.fixture(scope="session")
def quiet_machine(pytestconfig):
    """Nothing of ours computes beside the test: for what measures time as it passes."""
    if _compiling in pytestconfig.stash:
        pytestconfig.stash[_compiling].wait()


@pytest.fixture(scope="session")
def compiled_kernels(pytestconfig) -> Path:
    """File with what all kernels reach (compiled_code.py)."""
    compiling = pytestconfig.stash[_compiling]
    assert compiling.wait() == 0, "the kernels could not be compiled, see above"
    return compiling.path
