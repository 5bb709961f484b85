"""Verbs of files: what is on its way, what is kept, and the pictures among it."""

from typing import Protocol

from sojourn.models import (
    File,
    TextStatus,
    Thumbnail,
)
from sojourn.ports.rows import (
    Gone,
    Held,
    Intent,
    Kept,
    SessionRef,
    Taken,
)


class IntentRows(Protocol):
    """What is about to change outside the records. An erased session keeps what was on its way to it, so
    that bytes which come too late are found.
    """

    async def reserve(self, ref: SessionRef, intent: Intent, now: int) -> Taken | None:
        """Writes that bytes come, and reserves their quota; None when there is no such open session."""
        ...

    async def reserved(self, ref: SessionRef, now: int) -> tuple[int, int]:
        """How many files of the session are on their way, and the bytes they hold reserved."""
        ...

    async def coming(self, ref: SessionRef, id: str) -> Intent | None:
        """What brings the bytes of this file, overdue or not."""
        ...

    async def uploads(self, ref: SessionRef, now: int, limit: int) -> list[Intent]:
        """The session's uploads within their deadline, oldest first."""
        ...

    async def renew(self, ref: SessionRef, id: str, deadline_ms: int) -> bool:
        """Moves the deadline of what is coming; False when it is given up, or the session is not open."""
        ...

    async def give_up(self, ref: SessionRef, id: str, due_ms: int | None = None) -> bool:
        """What was coming is now a blob to be removed, and its quota is free; False when nothing was.

        With `due_ms` only when its deadline lies before that. In one step: of two that try, one does.
        """
        ...

    async def release(self, ref: SessionRef, intent: Intent) -> None:
        """Strikes out a `blob` or `words` that was taken away. Absent is not an error.

        A file that was restored while its words were taken away becomes one to be read again.
        """
        ...

    async def overdue(self, now: int, limit: int) -> list[tuple[SessionRef, Intent]]:
        """What came too late, and what is still to be taken away, of all sessions, erased ones too."""
        ...


class FileRows(Protocol):
    """Files of one session with the same bytes share a blob: that of the first. Whether one stands is
    asked, and the file that refers to it written, while the session's row is held; so are the file that
    refers to it last taken out and its blob marked to be removed. A blob that is to be removed is therefore
    referred to by nobody, and its name never comes again.
    """

    async def add(self, ref: SessionRef, file: File, body: bytes, now: int) -> Kept | None:
        """Keeps a file with its bytes in the records; None when there is no such open session."""
        ...

    async def keep(self, ref: SessionRef, file: File, now: int, body: bytes | None = None) -> Kept | None:
        """Turns what was coming into a file; None when the session is not open, or the intent gone.

        The bytes lie in the blob of its name, or in `body`. A blob that is not needed after all, because
        the bytes are in the body or in another's blob, is marked to be removed.
        """
        ...

    async def get(self, ref: SessionRef, file_id: str) -> File | None:
        """One of the trash too."""
        ...

    async def held(self, ref: SessionRef, file_id: str) -> Held | None: ...
    async def page(
        self, ref: SessionRef, after: int, limit: int, *, deleted: bool = False
    ) -> tuple[list[File], int | None]:
        """Those outside the trash, or in it, in the order they came; the position is None at the end."""
        ...

    async def delete(self, ref: SessionRef, file_id: str, now: int) -> File | None:
        """Into the trash, with its words marked to be taken away. None when there is none outside it, or
        the session is not open.
        """
        ...

    async def restore(self, ref: SessionRef, file_id: str, text: TextStatus, now: int) -> File | None:
        """Out of the trash, its words as far as `text` says. None when it is not in it, or not open."""
        ...

    async def remove(self, ref: SessionRef, file_id: str, now: int) -> Gone | None:
        """Takes the file out for good, from the trash too, and marks what is left of it outside the records.

        None when there is none, or the session is not open.
        """
        ...

    async def expire(self, ref: SessionRef, file_id: str, before_ms: int) -> Gone | None:
        """The same for one in the trash since before this, in a closed session too. None when it is not."""
        ...

    async def taken(self, owner: int) -> tuple[int, int]:
        """How many files an owner's sessions hold, and their bytes, those on their way included."""
        ...

    async def expired(self, before_ms: int, limit: int) -> list[tuple[SessionRef, str]]:
        """Files of all sessions that have been in the trash since before this, longest first."""
        ...

    async def read_as(self, ref: SessionRef, file: File) -> bool:
        """Writes how far the file's words are (`text`, `chunks`, `problem`); False in the trash."""
        ...

    async def unread(self, limit: int) -> list[tuple[SessionRef, File]]:
        """Files of all sessions, outside the trash, whose text is pending, oldest first."""
        ...


class PictureRows(Protocol):
    """Files that are pictures, and what is made of them. Thumbnails go with their file, and count nowhere."""

    async def ids(self, ref: SessionRef) -> list[str]:
        """The ids of all files with a `picture`, in the order they came; none of the trash."""
        ...

    async def page(self, ref: SessionRef, after: int, limit: int) -> tuple[list[File], int | None]:
        """The same as a page of files; the position is None when nothing follows."""
        ...

    async def thumbnail(self, ref: SessionRef, file_id: str, px: int) -> Thumbnail | None: ...
    async def keep(self, ref: SessionRef, file_id: str, px: int, made: Thumbnail) -> bool:
        """In the place of one of that size, also in a closed session. False when the file is gone."""
        ...
