"""Sound makers.  One contract, written down in `pool.py`."""
