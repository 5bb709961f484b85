"""What a forked child does before anything else."""

import os
from typing import Any
from weakref import WeakMethod


def in_child(method: "WeakMethod[Any]") -> None:
    """Has it called in every child, for as long as its object is there."""

    def call() -> None:
        found = method()
        if found is not None:
            found()

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=call)
