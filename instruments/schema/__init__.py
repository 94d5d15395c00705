"""JSON schemas of data files, for editors; `imm-audio check --schemas instruments/schema` writes them."""
