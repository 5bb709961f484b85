"""Which data folder a verb works on, and with what settings."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sojourn import config
from sojourn.config import Settings
from sojourn.errors import ConfigError

if TYPE_CHECKING:
    from sojourn.sync import Sojourn

Verb = TypeVar("Verb", bound=Callable[..., Any])


def data_option(verb: Verb) -> Verb:
    """`--data FOLDER`."""
    return click.option(
        "--data",
        type=click.Path(path_type=Path),
        default=Path("sojourn-data"),
        envvar="SOJOURN_DATA",
        show_envvar=True,
        metavar="FOLDER",
        show_default=True,
        help="The data folder.",
    )(verb)


def settings_option(verb: Verb) -> Verb:
    """`--settings FILE`: the verb gets a path, and `read` makes settings of it."""
    return click.option(
        "--settings",
        "settings_file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Settings in TOML; SOJOURN_… variables are read after it.",
    )(verb)


def json_option(verb: Verb) -> Verb:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(verb)


def url(folder: Path) -> str:
    """The store's address. Raises `ConfigError` for a name that an address cannot hold."""
    name = str(folder)
    if "?" in name:
        raise ConfigError(f"A data folder's name may have no question mark: {name}")
    return f"sqlite:///{name}"


@contextmanager
def opened(folder: Path, settings: Settings) -> Iterator["Sojourn"]:
    """The store in the folder, made if need be."""
    from sojourn.sync import Sojourn

    with Sojourn.open(url(folder), settings=settings) as store:
        _ = store.id  # makes it, or says why it cannot be used
        yield store


@contextmanager
def standing(folder: Path, settings: Settings) -> Iterator["Sojourn"]:
    """The store in the folder. Raises `ConfigError` where there is none, and makes nothing."""
    if not (folder / "sojourn.db").is_file():
        raise ConfigError(f"There is no store in {folder}: name its data folder with --data.")
    with opened(folder, settings) as store:
        yield store


def make_folder(folder: Path) -> None:
    """Makes the folder where it is missing, for its owner alone.

    Raises `ConfigError` when nothing can be kept in it.
    """
    url(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as problem:
        raise ConfigError(
            f"The data folder {folder} cannot be written: {os.strerror(problem.errno or 0)}."
        ) from problem


def read(settings_file: Path | None, **given: Any) -> Settings:
    """Settings from the file, the environment, and whatever was given on the command line."""
    return config.settings(
        settings_file, **{name: value for name, value in given.items() if value is not None}
    )
