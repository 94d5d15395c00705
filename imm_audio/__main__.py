"""python -m imm_audio: the same as imm-audio."""
from .cli import main

main()
