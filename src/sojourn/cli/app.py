"""Every verb under one name, and what its end means: the exit code, and one sentence when it failed."""

import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

import click

from sojourn.cli import streams
from sojourn.cli.corpus import corpus
from sojourn.cli.doctor import doctor
from sojourn.cli.screen import complain, note
from sojourn.cli.serve import serve
from sojourn.cli.show import show
from sojourn.cli.sweep import sweep
from sojourn.errors import ConfigError, Invalid, SojournError

DONE, FAILED, REFUSED, STOPPED = 0, 1, 2, 130
"""Well ended; failed; not begun, because what was typed or set does not fit; ended by ctrl-C."""


def installed() -> str:
    """The version, as the installation knows it."""
    try:
        return version("sojourn")
    except PackageNotFoundError:
        return "(not installed)"


@click.group(
    epilog="""\b
Examples:
  # a server with its web page, here and now
  sojourn serve
  # documents that every session may be searched together with
  sojourn corpus add handbook ./docs
  # how much there is
  sojourn show""",
)
@click.version_option(installed(), prog_name="sojourn", message="%(prog)s %(version)s")
def sojourn() -> None:
    """The session layer for AI web apps: serves a data folder, and looks after it.

    Every verb works on one data folder, ./sojourn-data unless --data or the variable
    SOJOURN_DATA names another. Several may work on the same folder at once, also while a
    server runs on it.

    Exit codes: 0 done, 1 failed, 2 what was typed or set does not fit, 130 stopped by ctrl-C.
    """


for verb in (serve, corpus, show, sweep, doctor):
    sojourn.add_command(verb)


def run(args: Sequence[str]) -> int:
    """Runs one command line; answers its exit code. What is not an error of sojourn passes through."""
    streams.prepare()
    try:
        code = _run(args)
        sys.stdout.flush()
    except BrokenPipeError:
        streams.hush()
        return FAILED
    return code


def _run(args: Sequence[str]) -> int:
    try:
        code = sojourn.main(list(args), prog_name="sojourn", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as lost:
        lost.show()
        return REFUSED
    except click.UsageError as wrong:
        path = wrong.ctx.command_path if wrong.ctx else "sojourn"
        complain(f"{wrong.format_message()} ({path} --help tells more)")
        return REFUSED
    except click.ClickException as failure:
        complain(failure.format_message())
        return FAILED
    except (click.Abort, KeyboardInterrupt):
        note("Stopped.")
        return STOPPED
    except (ConfigError, Invalid) as wrong:
        complain(str(wrong))
        return REFUSED
    except SojournError as failure:
        complain(str(failure))
        return FAILED
    except BrokenPipeError:
        raise
    except OSError as failure:
        named = f"{failure.filename}: " if failure.filename else ""
        complain(f"{named}{failure.strerror or failure}")
        return FAILED
    return code if isinstance(code, int) else DONE
