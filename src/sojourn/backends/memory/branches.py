"""Branches: where each left another."""

from msgspec.structs import replace

from sojourn.backends.memory.rows import BranchRow, Children, Rows
from sojourn.errors import LimitExceeded
from sojourn.models import Branch
from sojourn.ports import MOST_BRANCHES, SessionRef, Spot


class MemoryBranches:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def fork(self, ref: SessionRef, at: Spot, now: int) -> int | None:
        row = self._rows.open(ref)
        if row is None:
            return None
        number = len(row.children.branches) + 1
        if number > MOST_BRANCHES:
            raise LimitExceeded(
                f"A session can hold {MOST_BRANCHES} branches; this would be one more.", limit=MOST_BRANCHES
            )
        row.children.branches.put(number, BranchRow(self._rows.journal, *at))
        await self.switch(ref, number, now)
        return number

    async def switch(self, ref: SessionRef, branch: int, now: int) -> bool:
        row = self._rows.open(ref)
        if row is None or branch not in row.children.branches:
            return False
        self._rows.change(row, replace(row.session, branch=branch, active_ms=max(row.session.active_ms, now)))
        return True

    async def page(self, ref: SessionRef, after: int, limit: int) -> list[Branch]:
        row = self._rows.find(ref)
        if row is None:
            return []
        numbers = range(max(after, 0) + 1, len(row.children.branches) + 1)
        return [_branch(row.children, number, 0) for number in numbers[: max(limit, 0)]]

    async def beside(self, ref: SessionRef, at: Spot, after: int, limit: int) -> list[Branch]:
        row = self._rows.find(ref)
        if row is None:
            return []
        found = []
        for number in range(max(after, 0) + 1, len(row.children.branches) + 1):
            branch = _branch(row.children, number, at[1] if number == at[0] else 0)
            goes_on = number == at[0] and branch.first is not None
            if goes_on or (branch.parent, branch.fork_seq) == at:
                found.append(branch)
        return found[: max(limit, 0)]


def _branch(children: Children, number: int, above: int) -> Branch:
    """The branch, with the first of its messages above this seq."""
    row = children.branches.get(number)
    assert row is not None, "numbers have no gap"
    place = row.messages.place(above + 1)
    first = row.messages.between(place, place + 1)
    return Branch(number, row.parent, row.fork_seq, first[0].id if first else None)
