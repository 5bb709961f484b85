"""Scalars that MessagePack lacks, each as the payload of one extension value.

A reader may be lenient: a payload counts only when writing the value again
gives the same payload.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from msgspec.msgpack import Decoder, Ext

from sojourn.codec import wire
from sojourn.codec.refusal import Refused
from sojourn.errors import Invalid

Moment = tuple[str, bool, str | None, int | None, str | None]
"""Local time, fold; the key of a `ZoneInfo`; a fixed offset in microseconds, and its name if it has one."""

_moment = Decoder(Moment)
_span = Decoder(tuple[int, int, int])


def lower_scalar(value: Any) -> Ext | datetime | None:
    """Its form on the wire, or None when its type is not one of these. Raises `Refused`."""
    if type(value) is datetime and value.tzinfo is UTC and not value.fold:
        return value
    code = _CODES.get(type(value))
    return None if code is None else Ext(code, _FORMS[code][0](value))


def lift_scalar(code: int, payload: bytes) -> Any:
    """The value. Raises `Invalid` for an unknown code and for a payload that no value has."""
    form = _FORMS.get(code)
    if form is None:
        raise Invalid(f"These bytes hold an unknown kind of value, code {code}.")
    write, read = form
    try:
        value = read(payload)
        if write(value) == payload:
            return value
    except (ValueError, TypeError, ArithmeticError, Refused) as problem:
        raise Invalid(f"These bytes hold a malformed value of code {code}: {problem}") from problem
    raise Invalid(f"These bytes hold a malformed value of code {code}.")


def _write_int(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)


def _read_int(payload: bytes) -> int:
    return int.from_bytes(payload, "big", signed=True)


def _write_decimal(value: Decimal) -> bytes:
    if not value.is_finite():
        raise Refused(f"is {value}; only finite numbers are kept.")
    return str(value).encode("ascii")


def _read_decimal(payload: bytes) -> Decimal:
    return Decimal(payload.decode("ascii"))


def _write_uuid(value: UUID) -> bytes:
    return value.bytes


def _read_uuid(payload: bytes) -> UUID:
    return UUID(bytes=payload)


def _write_date(value: date) -> bytes:
    return value.isoformat().encode("ascii")


def _read_date(payload: bytes) -> date:
    return date.fromisoformat(payload.decode("ascii"))


def _write_span(value: timedelta) -> bytes:
    return wire.ENCODER.encode((value.days, value.seconds, value.microseconds))


def _read_span(payload: bytes) -> timedelta:
    days, seconds, microseconds = _span.decode(payload)
    return timedelta(days, seconds, microseconds)


def _write_moment(value: datetime | time) -> bytes:
    try:
        return wire.ENCODER.encode(
            (value.replace(tzinfo=None).isoformat(), bool(value.fold), *_zone_parts(value.tzinfo))
        )
    except UnicodeEncodeError as problem:
        raise Refused("has a time zone whose name is not text.") from problem


def _read_datetime(payload: bytes) -> datetime:
    text, fold, *parts = _moment.decode(payload)
    return datetime.fromisoformat(text).replace(tzinfo=_zone(*parts), fold=fold)


def _read_time(payload: bytes) -> time:
    text, fold, *parts = _moment.decode(payload)
    return time.fromisoformat(text).replace(tzinfo=_zone(*parts), fold=fold)


def _zone_parts(zone: tzinfo | None) -> tuple[str | None, int | None, str | None]:
    if zone is None:
        return None, None, None
    if type(zone) is timezone:
        offset = zone.utcoffset(None)
        name = zone.tzname(None)
        named = None if name == timezone(offset).tzname(None) else name
        return None, offset // timedelta(microseconds=1), named
    from zoneinfo import ZoneInfo

    if type(zone) is not ZoneInfo:
        raise Refused(
            f"has a time zone of type {type(zone).__module__}.{type(zone).__qualname__}, which is not kept: "
            "use datetime.timezone or zoneinfo.ZoneInfo."
        )
    if zone.key not in _zone_keys():
        raise Refused(f"has the time zone {zone.key!r}, which this machine cannot find by its key.")
    return zone.key, None, None


def _zone(key: str | None, offset: int | None, name: str | None) -> tzinfo | None:
    if key is not None:
        if key not in _zone_keys():
            raise ValueError("no such time zone on this machine; the package tzdata brings them all")
        from zoneinfo import ZoneInfo

        return ZoneInfo(key)
    if offset is None:
        return None
    distance = timedelta(microseconds=offset)
    return timezone(distance) if name is None else timezone(distance, name)


@cache
def _zone_keys() -> frozenset[str]:
    """Every zone of this machine. A key from outside is looked up here and never opened as a path."""
    from zoneinfo import available_timezones

    return frozenset(available_timezones())


_FORMS: dict[int, tuple[Callable[[Any], bytes], Callable[[bytes], Any]]] = {
    wire.INT: (_write_int, _read_int),
    wire.DECIMAL: (_write_decimal, _read_decimal),
    wire.UUID: (_write_uuid, _read_uuid),
    wire.DATE: (_write_date, _read_date),
    wire.TIME: (_write_moment, _read_time),
    wire.DATETIME: (_write_moment, _read_datetime),
    wire.TIMEDELTA: (_write_span, _read_span),
}
_CODES: dict[type, int] = {
    int: wire.INT,
    Decimal: wire.DECIMAL,
    UUID: wire.UUID,
    date: wire.DATE,
    time: wire.TIME,
    datetime: wire.DATETIME,
    timedelta: wire.TIMEDELTA,
}
