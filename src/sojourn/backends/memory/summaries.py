"""Summaries, by the message they reach to."""

from sojourn.backends.memory.rows import Rows
from sojourn.ports import SessionRef, Spot, Summary


class MemorySummaries:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def put(self, ref: SessionRef, summary: Summary) -> bool:
        row = self._rows.open(ref)
        if row is None:
            return False
        row.children.summaries.put(summary.spot, summary)
        return True

    async def newest(self, ref: SessionRef, branch: int | None = None) -> Summary | None:
        row = self._rows.find(ref)
        if row is None:
            return None
        reach = dict(row.children.reach(row.session.branch if branch is None else branch))
        on_line = [
            summary
            for summary in row.children.summaries
            if summary.spot[0] in reach and summary.spot[1] <= reach[summary.spot[0]]
        ]
        return max(on_line, key=lambda summary: summary.spot[1], default=None)

    async def remove(self, ref: SessionRef, spot: Spot) -> bool:
        row = self._rows.open(ref)
        return row is not None and row.children.summaries.remove(spot) is not None
