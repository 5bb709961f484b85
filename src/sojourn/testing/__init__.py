"""What backends and applications are tested with, made to be used outside this project too.

`FakeClock` needs nothing. `sojourn.testing.records` is the contract suite of the port
`Records`, `sojourn.testing.blobs` that of `Blobs`; both need pytest. `sojourn.testing.stateful`
compares a backend with the one in memory, and needs hypothesis.
"""

from sojourn.testing.clock import FakeClock

__all__ = ["FakeClock"]
