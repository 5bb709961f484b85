"""`sojourn sweep`."""

from collections import Counter
from pathlib import Path

import click

from sojourn.cli import opening
from sojourn.cli.screen import console, say, say_json, several

_ROUNDS = 100_000
"""More than any store needs: what a round finds, it clears."""


@click.command(
    epilog="""\b
Examples:
  # once a night, without a server
  sojourn sweep --data /srv/sojourn-data
  # for a program
  sojourn sweep --json"""
)
@opening.data_option
@opening.settings_option
@opening.json_option
def sweep(data: Path, settings_file: Path | None, as_json: bool) -> None:
    """Finishes what was cut off, and clears what is overdue.

    Erases that a crash or a power cut interrupted are finished, uploads that never ended are
    removed, and so are ephemeral sessions that were left alone or whose server is gone. A
    running server does the same by itself, now and then; doing it twice, or while a server
    runs, does no harm. Prints what was found, counted.
    """
    counts: Counter[str] = Counter()
    with (
        opening.standing(data, opening.read(settings_file)) as store,
        console(stderr=True).status("Sweeping…") as status,
    ):
        for _ in range(_ROUNDS):
            found = store.sweep()
            counts.update(found)
            if not any(found.values()):
                break
            status.update(f"Sweeping… {counts.total()}")
    if as_json:
        say_json(dict(counts))
        return
    done = ", ".join(several(count, noun.removesuffix("s")) for noun, count in counts.items() if count)
    say(f"Swept: {done}." if done else "Nothing was left to sweep.")
