"""The statements that list an owner's sessions, last active first."""

from functools import cache

from sojourn.backends.sql.places import Places
from sojourn.backends.sql.windows import BEGINNING
from sojourn.ports import Listing

SCANNED = 5000
"""The most sessions looked at for one page of a listing that leaves many out."""

_RECORD = f"""
    s.session_no, s.key_no, s.id, s.about, s.created_ms, s.active_ms, s.closed_ms, s.deleted_ms, s.revision,
    s.last_seq, s.file_count, s.file_bytes, s.previous, s.pinned, s.archived, s.branch, {BEGINNING}
"""

_AFTER = "(s.active_ms, s.session_no) < (?2, ?3)"
_ORDER = "ORDER BY s.active_ms DESC, s.session_no DESC LIMIT"
_TAGGED = "EXISTS (SELECT 1 FROM session_tags t WHERE t.session_no = s.session_no AND t.tag_mac = ?5)"


def record(places: Places, source: str = "sessions s") -> str:
    """Sessions, each with its newest message; nothing in its place when that is not of the current branch."""
    newest = places.at("s.session_no", "s.branch", "s.last_seq")
    return f"SELECT {_RECORD} FROM {source} LEFT JOIN messages m ON {newest}"


def leaves_out(listing: Listing) -> bool:
    """Whether the listing is less than one range of an index."""
    return listing.tag is not None or listing.pinned is False


def page(listing: Listing, places: Places) -> str:
    """Parameters: owner, position, limit, and the tag's HMAC if there is one."""
    return _page(listing.deleted, listing.archived, listing.pinned, listing.tag is not None, places)


@cache
def _page(deleted: bool, archived: bool, pinned: bool | None, tagged: bool, places: Places) -> str:
    mine = f"{_range(deleted, archived, pinned)} AND {_AFTER}"
    wanted = [*([_TAGGED] if tagged else []), *(["s.pinned = 0"] if pinned is False else [])]
    if not wanted:
        return f"{record(places)} WHERE {mine} {_ORDER} ?4"
    looked_at = f"SELECT s.session_no, s.active_ms FROM sessions s WHERE {mine} {_ORDER} {SCANNED}"
    found = record(places, f"({looked_at}) x JOIN sessions s ON s.session_no = x.session_no")
    return f"{found} WHERE {' AND '.join(wanted)} ORDER BY x.active_ms DESC, x.session_no DESC LIMIT ?4"


@cache
def end(deleted: bool, archived: bool, pinned: bool | None) -> str:
    """The last session that `page` looked at, and the one after it. Parameters: owner, position."""
    return f"""
        SELECT s.active_ms, s.session_no FROM sessions s
        WHERE {_range(deleted, archived, pinned)} AND {_AFTER} {_ORDER} 2 OFFSET {SCANNED - 1}
    """


@cache
def titles(archived: bool) -> str:
    """Parameters: owner, position, limit."""
    return f"""
        SELECT s.session_no, s.key_no, s.id, s.about, s.active_ms FROM sessions s
        WHERE {_range(False, archived, None)} AND {_AFTER} {_ORDER} ?4
    """


def _range(deleted: bool, archived: bool, pinned: bool | None) -> str:
    """One range of one index. The `+` keeps another index out of it."""
    if deleted:
        return f"s.user_no = ?1 AND s.deleted_ms IS NOT NULL {'AND s.pinned = 1' if pinned else ''}"
    if pinned:
        return f"s.user_no = ?1 AND s.deleted_ms IS NULL AND s.pinned = 1 AND +s.archived = {archived:d}"
    return f"s.user_no = ?1 AND s.deleted_ms IS NULL AND s.archived = {archived:d}"
