"""`sojourn serve`."""

import os
from pathlib import Path

import click

from sojourn.cli import opening
from sojourn.cli.screen import note, safe, say
from sojourn.errors import MissingExtra


def _refuse_key(context: click.Context, param: click.Parameter, value: str | None) -> None:
    if value is not None:
        raise click.UsageError(
            "A key on the command line can be read by everybody on this machine: put it into SOJOURN_API_KEY."
        )


@click.command(
    epilog="""\b
Examples:
  # here and now: data in ./sojourn-data, answers that quote the files
  sojourn serve
  # answers by a model that runs on this machine
  sojourn serve --base-url http://127.0.0.1:11434/v1 --model llama3.2
  # nothing of a visit is kept unless it is asked for
  sojourn serve --ephemeral
  # two processes behind a proxy that speaks https
  sojourn serve --data /srv/sojourn-data --workers 2 --trusted-proxy 127.0.0.1"""
)
@opening.data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    metavar="NUMBER",
    help="The port to listen on; 0 takes a free one.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    metavar="NUMBER",
    help="How many processes serve.",
)
@click.option(
    "--model", metavar="NAME", help="The chat model that answers. Without one, the files are quoted."
)
@click.option(
    "--base-url",
    metavar="URL",
    help="Where the model answers, in OpenAI's protocol. Its key is read from SOJOURN_API_KEY.",
)
@click.option("--api-key", hidden=True, expose_value=False, callback=_refuse_key)
@click.option(
    "--durability",
    type=click.Choice(["power", "process"]),
    help="What an acknowledged write survives: a power cut, or only a killed process.",
)
@click.option(
    "--ephemeral",
    is_flag=True,
    help="New sessions are not kept, unless a client asks for it: they end with the server.",
)
@click.option(
    "--trusted-proxy",
    "trusted_proxies",
    multiple=True,
    metavar="ADDRESS",
    help="An address or network whose X-Forwarded headers are believed. May be given several times.",
)
@click.option(
    "--allowed-origin",
    "allowed_origins",
    multiple=True,
    metavar="ORIGIN",
    help="Another origin whose pages may write. May be given several times.",
)
@click.option(
    "--insecure-http",
    is_flag=True,
    help="Keep sessions over plain http for other machines too: whoever is on the way can take them over.",
)
@opening.settings_option
def serve(
    data: Path,
    host: str,
    port: int,
    workers: int,
    model: str | None,
    base_url: str | None,
    durability: str | None,
    ephemeral: bool,
    trusted_proxies: tuple[str, ...],
    allowed_origins: tuple[str, ...],
    insecure_http: bool,
    settings_file: Path | None,
) -> None:
    """Serves a data folder: the web page, and the HTTP API under /v1.

    The folder is made if it is not there. It prints the address as soon as it can be reached.
    ctrl-C ends it well, with exit code 0: answers under way are kept.

    Who is not on this machine needs https: put a proxy in front and name it with
    --trusted-proxy.

    A model's key comes from SOJOURN_API_KEY, or, when there is no --base-url, from
    OPENAI_API_KEY; never from the command line.
    """
    sessions = "ephemeral" if ephemeral else None
    settings = opening.read(settings_file, durability=durability, sessions=sessions)
    opening.make_folder(data)
    try:
        import fastapi  # noqa: F401
        import python_multipart  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as problem:
        raise MissingExtra(
            "Serving needs the extra `server`: in a clone of sojourn, run pip install '.[server]'"
        ) from problem
    from sojourn.server import Policy, pages
    from sojourn.server.serve import Serving
    from sojourn.server.serve import serve as listen

    reached = False

    def listening(url: str) -> None:
        nonlocal reached
        reached = True
        say(f"sojourn is at {url} with its data in {safe(str(data.absolute()))}. Press ctrl-C to stop it.")
        if not (pages.WEB / "index.html").is_file():
            note(pages.NOT_BUILT)

    serving = Serving(
        store=opening.url(data.absolute()),
        settings=settings,
        policy=Policy(
            insecure_http=insecure_http, trusted_proxies=trusted_proxies, allowed_origins=allowed_origins
        ),
        model=model,
        base_url=base_url,
        api_key=os.environ.get("SOJOURN_API_KEY"),
    )
    listen(serving, host=host, port=port, workers=workers, listening=listening)
    if not reached:
        raise click.ClickException("The server did not start.")
