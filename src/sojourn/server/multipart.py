"""`multipart/form-data`, read as it comes: no part is held in memory or put aside on a disk."""

from collections import deque
from collections.abc import AsyncGenerator

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from sojourn.config import KIB
from sojourn.errors import Invalid, LimitExceeded

PARTS = 1000
HEADERS = 16
HEADER_BYTES = 4 * KIB
FIELD_BYTES = 64 * KIB
"""What all parts that are no files may have together, and what may stand before the first part."""

_DATA, _END, _BEGIN = 0, 1, 2


class Part:
    """One part of the form; its bytes come from `Form.data`."""

    def __init__(self, headers: dict[bytes, bytes]) -> None:
        _, options = parse_options_header(headers.get(b"content-disposition", b"").decode("latin-1"))
        self.is_file = b"filename" in options
        self.filename = options.get(b"filename", b"").decode("utf-8", "replace")


class Form:
    """The parts of a body in their order. Raises `Invalid` for what is no form, `LimitExceeded`."""

    def __init__(self, content_type: str | None, pieces: AsyncGenerator[bytes]) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not boundary:
            raise Invalid("The body must be multipart/form-data with a boundary.", field="Content-Type")
        self._pieces = pieces
        self._seen: deque[tuple[int, bytes, Part | None]] = deque()
        self._ended = False
        self._parts = self._before = self._fields = 0
        self._name, self._value = bytearray(), bytearray()
        self._headers: dict[bytes, bytes] = {}
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_data": lambda data, start, end: self._seen.append(
                        (_DATA, data[start:end], None)
                    ),
                    "on_part_end": lambda: self._seen.append((_END, b"", None)),
                    "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                    "on_header_end": self._header_ended,
                    "on_headers_finished": self._headers_ended,
                    "on_end": self._form_ended,
                },
                max_header_count=HEADERS,
                max_header_size=HEADER_BYTES,
            )
        except FormParserError as error:
            raise Invalid(f"{error}.", field="Content-Type") from None

    async def files(self) -> AsyncGenerator[Part]:
        """The parts that are files. What the caller left of one is skipped; small fields are passed over."""
        while (part := await self._next_part()) is not None:
            if part.is_file:
                yield part
            async for piece in self.data():
                self._fields += 0 if part.is_file else len(piece)
                if self._fields > FIELD_BYTES:
                    raise LimitExceeded(f"Fields may have {FIELD_BYTES} bytes.", limit=FIELD_BYTES)

    async def data(self) -> AsyncGenerator[bytes]:
        """The bytes of the part that is open, up to its end."""
        while await self._fill() and self._seen[0][0] != _BEGIN:
            kind, piece, _ = self._seen.popleft()
            if kind == _END:
                return
            yield piece

    async def _next_part(self) -> Part | None:
        while await self._fill():
            kind, _, part = self._seen.popleft()
            if kind == _BEGIN:
                return part
        return None

    async def _fill(self) -> bool:
        """Reads on until something was seen; False when the form is over."""
        while not self._seen and not self._ended:
            piece = await anext(self._pieces, b"")
            if not piece:
                raise Invalid("The form ends before its last boundary.")
            self._before += 0 if self._parts else len(piece)
            if self._before > FIELD_BYTES + len(piece):
                raise Invalid("The form does not begin with its boundary.")
            try:
                self._parser.write(piece)
            except FormParserError as error:
                raise Invalid(f"The form is malformed: {error}.") from None
        return bool(self._seen)

    def _header_ended(self) -> None:
        self._headers[bytes(self._name).lower()] = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _headers_ended(self) -> None:
        self._parts += 1
        if self._parts > PARTS:
            raise LimitExceeded(f"A form may have {PARTS} parts.", limit=PARTS)
        self._seen.append((_BEGIN, b"", Part(self._headers)))
        self._headers = {}

    def _form_ended(self) -> None:
        self._ended = True
