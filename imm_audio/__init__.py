"""imm_audio: play together, in tune and in time.

Importing it points numba's cache at a folder named by the kernels' sources: numba itself does not notice when an
imported module changed.
"""
import gc
import hashlib
import os
import sys
from pathlib import Path

import platformdirs

__version__ = "0.1.0"


def kernel_folder() -> Path:
    """Where the kernels' sources are: beside this package in a checkout, inside it when installed."""
    here = Path(__file__).resolve().parent
    inside = here / "kernels"
    return inside if inside.is_dir() else here.parent / "kernels"


def kernel_cache() -> Path:
    """Folder of the compiled kernels for these sources and this Python."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(kernel_folder().rglob("*.py")):
        digest.update(path.read_bytes())
    return Path(platformdirs.user_cache_dir("imm_audio", appauthor=False)) / f"kernels-{digest.hexdigest()[:16]}"


#: numba makes millions of objects when it compiles, none of them garbage: looking less often saves a tenth of the first start.
gc.set_threshold(200_000, 20, 100)
if "numba" not in sys.modules:
    os.environ.setdefault("NUMBA_CACHE_DIR", str(kernel_cache()))
