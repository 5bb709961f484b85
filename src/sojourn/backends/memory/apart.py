"""Copies of what a caller could change in place, so that rows change by verbs only."""

from copy import deepcopy

from msgspec.structs import replace

from sojourn.models import Citation, FileRef, Message, Session, Text

_FROZEN = (Text, FileRef, Citation)


def session(given: Session) -> Session:
    return replace(given, metadata=deepcopy(given.metadata) if given.metadata else {})


def message(given: Message) -> Message:
    if given.metadata is None and all(type(part) in _FROZEN for part in given.parts):
        return given
    return deepcopy(given)
