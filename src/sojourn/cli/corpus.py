"""`sojourn corpus …`."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from sojourn.cli import opening
from sojourn.cli.screen import console, safe, say, say_json, say_table, several


@click.group(
    epilog="""\b
Examples:
  sojourn corpus add handbook ./docs
  sojourn corpus list"""
)
def corpus() -> None:
    """Documents that every session may be searched together with.

    A corpus is shared and read-only: what a user uploads never gets into it.
    """


@corpus.command(
    epilog="""\b
Examples:
  # a folder, with everything below it
  sojourn corpus add handbook ./docs
  # some files; a name that begins with a dash comes after --
  sojourn corpus add prices -- 2025.csv 2026.csv -draft.md
  # again, after the documents were changed
  sojourn corpus add handbook ./docs"""
)
@click.argument("name")
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="PATH…"
)
@opening.data_option
@opening.settings_option
@opening.json_option
def add(name: str, paths: tuple[Path, ...], data: Path, settings_file: Path | None, as_json: bool) -> None:
    """Reads files and folders into the corpus NAME.

    Together they are a new version of the corpus, which takes the place of the one before
    when it is whole; until then, and when it fails or is stopped, the old one stays as it is.
    So the same command again brings it up to date, and a document that is no longer named is
    no longer in it.

    A file of a kind that has no words is skipped, and one that cannot be read does not stop
    the others: both are listed at the end.
    """
    settings = opening.read(settings_file)
    opening.make_folder(data)
    outcomes: list[tuple[Path, str]] = []
    with opening.opened(data, settings) as store, _progress() as progress:
        bar = progress.add_task("", total=_count(paths))

        def tell(path: Path, outcome: str) -> None:
            outcomes.append((path, outcome))
            progress.update(bar, advance=1, description=safe(path.name)[:40])

        made = store.corpora.build(name, paths, progress=tell)
    if as_json:
        files = [{"path": str(path), "outcome": outcome} for path, outcome in outcomes]
        say_json({"corpus": made, "files": files})
        return
    _say_outcomes(outcomes)
    documents, chunks = several(made.documents, "document"), several(made.chunks, "chunk")
    say(f"{safe(made.name)}: {documents}, {chunks}, version {safe(made.version)}.")


@corpus.command(
    "list",
    epilog="""\b
Examples:
  sojourn corpus list
  sojourn corpus list --json""",
)
@opening.data_option
@opening.settings_option
@opening.json_option
def list_(data: Path, settings_file: Path | None, as_json: bool) -> None:
    """Lists the corpora that stand, by name."""
    with opening.standing(data, opening.read(settings_file)) as store:
        corpora = store.corpora.list()
    if as_json:
        say_json(corpora)
    elif corpora:
        rows = [(each.name, str(each.documents), str(each.chunks), each.version) for each in corpora]
        say_table(("name", "documents", "chunks", "version"), rows)
    else:
        say("There is no corpus yet: sojourn corpus add NAME PATH… makes one.")


def _count(paths: Iterable[Path]) -> int:
    """How many files there are to be told of."""
    return sum(sum(found.is_file() for found in path.rglob("*")) if path.is_dir() else 1 for path in paths)


def _progress() -> Progress:
    """A bar on a terminal, nothing elsewhere."""
    shown = console(stderr=True)
    return Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}", markup=False),
        console=shown,
        transient=True,
        disable=not shown.is_terminal,
    )


def _say_outcomes(outcomes: Iterable[tuple[Path, str]]) -> None:
    """How many were read, and each file that was not, with the reason."""
    counts: Counter[str] = Counter()
    for path, outcome in outcomes:
        word = outcome if outcome in ("read", "skipped") else "failed"
        counts[word] += 1
        if word == "skipped":
            say(f"  skipped  {safe(str(path))}")
        elif word == "failed":
            say(f"  failed   {safe(str(path))}: {safe(outcome)}")
    say(", ".join(f"{count} {word}" for word, count in counts.items()) + ".")
