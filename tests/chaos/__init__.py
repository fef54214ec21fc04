"""Chaos: real processes are killed, stopped and cut off while submissions flow; then everything is counted.

`plan` draws what happens from a seed, `run` makes it happen with `fleet` and `model`, `count` judges what arrived.
"""
