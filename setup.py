"""Where each package lies: the four folders of the repository are installed as one package, imm_audio."""
from pathlib import Path

from setuptools import find_packages, setup

#: folder in the repository -> name it is installed under
FOLDERS = {
    "imm_audio": "imm_audio",
    "kernels": "imm_audio.kernels",
    "instruments": "imm_audio.instruments",
    "sessions": "imm_audio.sessions",
}


def packages() -> list[str]:
    """Name every package of every folder that is there."""
    names = []
    for folder, name in FOLDERS.items():
        if Path(folder, "__init__.py").is_file():
            names += [name, *(f"{name}.{inner}" for inner in find_packages(folder))]
    return names


setup(packages=packages(), package_dir={name: folder for folder, name in FOLDERS.items()})
