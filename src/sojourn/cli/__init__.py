"""The command `sojourn`. It needs the extra `server`; without it, it says so and nothing more."""

import sys

MISSING = "The sojourn command needs the extra `server`: in a clone of sojourn, run pip install '.[server]'"


def main() -> None:
    """Runs the command line, and ends the process with its exit code."""
    try:
        import click  # noqa: F401
        import rich  # noqa: F401
    except ImportError:
        sys.exit(MISSING)
    from sojourn.cli.app import run

    sys.exit(run(sys.argv[1:]))
