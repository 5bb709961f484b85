"""Figures, always as a ratio to a limit or a peer measured in the same run.

`python -m benchmarks NAME` runs one and writes `docs/figures/NAME.md`.
"""
