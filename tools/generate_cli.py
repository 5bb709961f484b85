"""Writes docs/cli.md from what the commands say of themselves.

./dev python tools/generate_cli.py           write
./dev python tools/generate_cli.py --check   say whether what is there is what would be written
"""

import difflib
import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from sojourn.cli.app import sojourn

TARGET = Path(__file__).resolve().parent.parent / "docs/cli.md"

HEADER = "<!-- Generated from src/sojourn/cli/ by tools/generate_cli.py. Change that, then run it. -->\n"


def verbs(command: click.Command, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    """The command and everything below it, in the order that `--help` lists them."""
    yield command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                yield from verbs(below, click.Context(below, info_name=name, parent=context))


def section(command: click.Command, context: click.Context) -> str:
    """One command: its name, what it does, how it is typed, its options, its examples."""
    level = context.command_path.count(" ")
    parts = [f"{'#' * max(level + 1, 1)} {context.command_path}", prose(command.help or "")]
    parts.append(f"```text\n{' '.join([context.command_path, *command.collect_usage_pieces(context)])}\n```")
    rows = list(options(command, context))
    if rows:
        parts.append("\n".join(["| option | |", "|---|---|", *rows]))
    if command.epilog:
        parts.append(f"```console\n{examples(command.epilog)}\n```")
    return "\n\n".join(parts) + "\n"


def prose(text: str) -> str:
    """Help text, a paragraph to a line."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(escaped(" ".join(paragraph.split())) for paragraph in paragraphs)


def options(command: click.Command, context: click.Context) -> Iterator[str]:
    """A row of a table for each option but `--help`."""
    for param in command.get_params(context):
        record = param.get_help_record(context)
        if isinstance(param, click.Option) and record is not None and "--help" not in param.opts:
            says = [escaped(cell(param.help or "")), *facts(param)]
            yield f"| `{cell(record[0])}` | {' '.join(says)} |"


def facts(param: click.Option) -> Iterator[str]:
    """What holds for an option besides its help text."""
    if isinstance(param.type, click.IntRange):
        yield f"From {param.type.min} to {param.type.max}."
    if param.envvar:
        yield f"Also named by `{param.envvar}`."
    if param.show_default:
        yield f"Default: `{param.default}`."


def examples(epilog: str) -> str:
    """The commands as typed, each after the comment that says what for."""
    lines = [line.strip() for line in epilog.splitlines()]
    return "\n".join(
        line if line.startswith("#") else f"$ {line}" for line in lines if line.startswith(("#", "sojourn"))
    )


def cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def escaped(text: str) -> str:
    """Words that a page would take for something else, as code."""
    return re.sub(r"(?<![\w`])(--[a-z][\w-]*|SOJOURN_\w+|OPENAI_\w+|\[[^\]]*\])", r"`\1`", text)


def page() -> str:
    context = click.Context(sojourn, info_name="sojourn", max_content_width=100)
    return "\n".join([HEADER, *(section(*found) for found in verbs(sojourn, context))])


def main(args: Sequence[str]) -> int:
    wanted = page()
    if "--check" not in args:
        TARGET.write_text(wanted, "utf-8")
        print("docs/cli.md written.")
        return 0
    there = TARGET.read_text("utf-8") if TARGET.exists() else ""
    if there == wanted:
        print("docs/cli.md is what the commands say.")
        return 0
    sys.stdout.writelines(
        difflib.unified_diff(there.splitlines(True), wanted.splitlines(True), "is", "would be")
    )
    print("Run tools/generate_cli.py.")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
