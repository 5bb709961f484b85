"""Names of entries: which are refused, and how a message may show them."""

import re
import unicodedata

_DRIVE = re.compile(r"[A-Za-z]:")
_SYSTEM = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_SHOWN = 120


def refusal(name: str, most: int) -> str | None:
    """Why an entry may not be called this; None when it may."""
    if not name:
        return "has no name"
    if len(name) > most:
        return f"has a name of more than {most} characters"
    kinds = {unicodedata.category(character) for character in name}
    if "Cs" in kinds:
        return "has a name that is not valid UTF-8"
    if "Cc" in kinds:
        return "has control characters in its name"
    if "\\" in name:
        return "has a backslash in its name"
    if name.startswith("/") or _DRIVE.match(name):
        return "has an absolute path for a name"
    if ".." in name.split("/"):
        return "leads out of its folder"
    return None


def tidy(name: str) -> str:
    """NFC, without the parts that say nothing."""
    parts = unicodedata.normalize("NFC", name).split("/")
    return "/".join(part for part in parts if part not in {"", "."})


def key(name: str) -> str:
    """Equal for tidy names that a person, or some file system, takes for the same."""
    return unicodedata.normalize("NFC", name.casefold())


def is_system(name: str) -> bool:
    """Whether this is no file of a person's, but one that macOS or Windows put there."""
    parts = name.split("/")
    return parts[0] == "__MACOSX" or parts[-1].lower() in _SYSTEM


def escaped(name: str) -> str:
    """Nothing in it turns, hides or ends a line; cut when it is long."""
    return repr(name if len(name) <= _SHOWN else name[: _SHOWN - 1] + "…")[1:-1]


def shown(name: str) -> str:
    """For a message: escaped, in quotes."""
    return f"“{escaped(name)}”"
