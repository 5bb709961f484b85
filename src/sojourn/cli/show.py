"""`sojourn show`: what the sealed files hold, for whoever has the folder and its keys."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sojourn.cli import opening
from sojourn.cli.screen import say, say_json, say_table, size, when
from sojourn.cli.sheet import say_session, session_json
from sojourn.errors import NotFound
from sojourn.models import Session

if TYPE_CHECKING:
    from sojourn.sync import Sojourn, User


@click.command(
    epilog="""\b
Examples:
  # how much there is
  sojourn show
  # what a user of your application has
  sojourn show --user ada
  # one of these sessions: record, state, newest messages, files
  sojourn show --user ada ses_…
  # all of it, for a program
  sojourn show --user ada ses_… --last 10000 --json"""
)
@click.argument("session", required=False)
@click.option("--user", metavar="NAME", help="The user, by the name your application gives them.")
@click.option("--deleted", is_flag=True, help="List the user's trash instead.")
@click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    metavar="NUMBER",
    default=50,
    show_default=True,
    help="The most sessions to list.",
)
@click.option(
    "--last",
    type=click.IntRange(1, 10_000),
    metavar="NUMBER",
    default=10,
    show_default=True,
    help="How many messages to print.",
)
@opening.data_option
@opening.settings_option
@opening.json_option
def show(
    session: str | None,
    user: str | None,
    deleted: bool,
    limit: int,
    last: int,
    data: Path,
    settings_file: Path | None,
    as_json: bool,
) -> None:
    """Shows what is in a data folder.

    Content is sealed, so a database tool shows ids and times at most; this reads it, with the
    keys that lie in the folder. Without --user: how much there is, counted. With it: the
    user's sessions, archived ones last. With a SESSION of theirs too: what is in it.

    Nothing is changed. There is no list of users, and anonymous visitors have no name: the
    store keeps them apart, and this does not go round it.
    """
    if session is not None and user is None:
        raise click.UsageError("A session is shown to its owner: name them with --user.")
    if deleted and (user is None or session is not None):
        raise click.UsageError("--deleted lists the trash of a user: give --user, and no session.")
    with opening.standing(data, opening.read(settings_file)) as store:
        if user is None:
            _counts(store, as_json)
            return
        owner = store.user(user)
        page_items = store.settings.page_items
        if owner.record() is None:
            raise NotFound(f"There is no user named {user!r} in this store.")
        if session is None:
            _sessions(owner, limit, page_items, deleted, as_json)
        elif as_json:
            say_json(session_json(owner.sessions.get(session), last, page_items))
        else:
            say_session(owner.sessions.get(session), last, page_items)


def _counts(store: "Sojourn", as_json: bool) -> None:
    counts = store.counts()
    if as_json:
        say_json(counts)
        return
    for noun, count in counts.items():
        say(f"{noun:<12}{size(count) if noun == 'bytes' else count}")


def _sessions(owner: "User", limit: int, page_items: int, deleted: bool, as_json: bool) -> None:
    found, more = _page_through(owner, limit, page_items, deleted)
    if as_json:
        from sojourn.server import render

        say_json({"items": [render.session(record) for record in found], "more": more})
        return
    if not found:
        say("The trash is empty." if deleted else "There are no sessions.")
        return
    rows = [
        (
            record.id,
            when(record.active_ms),
            str(record.last_seq),
            str(record.file_count),
            _state(record),
            record.title,
        )
        for record in found
    ]
    say_table(("session", "last active", "messages", "files", "", "title"), rows)
    if more:
        say(f"There are more: --limit {limit * 2} lists more of them.")


def _page_through(owner: "User", limit: int, page_items: int, deleted: bool) -> tuple[list[Session], bool]:
    """Up to `limit` sessions, the archived ones last, and whether there are more."""
    found: list[Session] = []
    for archived in (False,) if deleted else (False, True):
        cursor: str | None = None
        while len(found) <= limit:
            most = min(limit + 1 - len(found), page_items)
            page = owner.sessions.list(limit=most, cursor=cursor, deleted=deleted, archived=archived)
            found += page
            cursor = page.next
            if cursor is None:
                break
    return found[:limit], len(found) > limit


def _state(record: Session) -> str:
    words = {"closed": record.closed, "archived": record.archived, "pinned": record.pinned}
    return ", ".join(word for word, stands in words.items() if stands)
