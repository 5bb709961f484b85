"""Summaries: what a model reads in place of a conversation's older part. The log knows nothing of them."""

import msgspec

from sojourn.backends.sql.connection import Connection
from sojourn.backends.sql.lines import NEWEST, line
from sojourn.backends.sql.seals import Seals, place
from sojourn.ports import SessionRef, Spot, Summary

_OPEN = """
    SELECT session_no, key_no FROM sessions
    WHERE id = ?1 AND user_no = ?2 AND closed_ms IS NULL AND deleted_ms IS NULL
"""
_PUT = """
    INSERT INTO summaries (session_no, branch, seq, created_ms, body) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (session_no, branch, seq) DO UPDATE SET created_ms = excluded.created_ms, body = excluded.body
"""
_NEWEST = f"""
    {line(where="EXISTS (SELECT 1 FROM summaries y WHERE y.session_no = sessions.session_no)")}
    SELECT s.key_no, y.branch, y.seq, y.created_ms, y.body
    FROM sessions s
    JOIN line l ON l.session_no = s.session_no
    JOIN summaries y ON y.session_no = s.session_no AND y.branch = l.branch AND y.seq <= l.upto
    WHERE s.id = ?1 AND s.user_no = ?2
    ORDER BY y.seq DESC LIMIT 1
"""
_REMOVE = "DELETE FROM summaries WHERE session_no = ?1 AND branch = ?2 AND seq = ?3"

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[str, str, str]).decode


class Summaries:
    def __init__(self, connection: Connection, seals: Seals) -> None:
        self._connection = connection
        self._seals = seals

    async def put(self, ref: SessionRef, summary: Summary) -> bool:
        row = await self._connection.one(_OPEN, ref.id, ref.owner)
        if row is None:
            return False
        session_no, key_no = row
        body = _encode((summary.id, summary.upto, summary.text))
        kept = self._seals.seal(key_no, _place(key_no, summary.spot), body)
        await self._connection.run(_PUT, session_no, *summary.spot, summary.created_ms, kept)
        return True

    async def newest(self, ref: SessionRef, branch: int | None = None) -> Summary | None:
        row = await self._connection.one(_NEWEST, ref.id, ref.owner, branch, NEWEST)
        if row is None:
            return None
        key_no, no, seq, created_ms, body = row
        id, upto, text = _decode(self._seals.open(key_no, _place(key_no, (no, seq)), body))
        return Summary(id, upto, (no, seq), text, created_ms)

    async def remove(self, ref: SessionRef, spot: Spot) -> bool:
        row = await self._connection.one(_OPEN, ref.id, ref.owner)
        return row is not None and await self._connection.run(_REMOVE, row[0], *spot) > 0


def _place(key_no: int, spot: Spot) -> bytes:
    return place("summaries", key_no, "body", b"%d|%d" % spot)
