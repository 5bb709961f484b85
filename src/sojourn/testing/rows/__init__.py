"""The contract of `Records`, one file per noun; `sojourn.testing.records` puts them together."""
