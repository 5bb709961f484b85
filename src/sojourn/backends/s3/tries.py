"""What object stores answer, in sojourn's words, and when it is worth asking again.

Their own messages are never told: some name the account.
"""

import random
import re
import time
from collections.abc import Callable
from typing import TypeVar

from obstore import exceptions

from sojourn.errors import BackendError, SojournError, StorageFull, Unavailable

Answer = TypeVar("Answer")

_MOST = 6
_PATIENCE = 90.0
"""Seconds after which nothing is tried again."""
_FIRST, _LONGEST = 0.1, 5.0
_BUSY = {408, 409, 429, 500, 502, 503, 504}
_FULL = {"QuotaExceeded", "InsufficientStorage", "XMinioStorageFull"}
_RACING = {"ConditionalRequestConflict", "OperationAborted"}
"""Two wrote at once, and it is not said who was first."""
_ABSENT = {"NoSuchBucket", "ContainerNotFound"}
_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>([A-Za-z]{1,64})</Code>")
PROBLEMS = (exceptions.BaseError, OSError, ValueError, RuntimeError)
"""What obstore raises."""


class NoObject(LookupError):
    """There is no object of that name."""


class Exists(Exception):
    """There is one already."""


def tried(what: str, call: Callable[[], Answer]) -> Answer:
    """The answer, asked for again while that may help. `what` begins the sentence that tells of a failure.

    Raises `NoObject`, `Exists`, and `BackendError` and its kind.
    """
    end = time.monotonic() + _PATIENCE
    for attempt in range(_MOST):
        try:
            return call()
        except Unavailable as problem:
            said: Exception = problem
        except SojournError:
            raise
        except PROBLEMS as problem:
            said = meaning(what, problem)
        if not isinstance(said, Unavailable) or attempt + 1 == _MOST or time.monotonic() > end:
            break
        time.sleep(random.uniform(0, min(_LONGEST, _FIRST * 2**attempt)))
    raise said from None


def meaning(what: str, problem: BaseException) -> Exception:
    """The error in sojourn's words. `Unavailable` is one that may pass."""
    text = str(problem)
    found = _STATUS.search(text)
    status = int(found[1]) if found else 0
    code = _CODE.search(text)
    name = code[1] if code else ""
    if name in _ABSENT:
        return BackendError(f"{what}: there is no such bucket.")
    if isinstance(problem, FileNotFoundError):
        return NoObject()
    if isinstance(problem, exceptions.AlreadyExistsError) and name not in _RACING:
        return Exists()
    if name in _FULL or status == 507:
        return StorageFull()
    told = f"{status} {name}".strip()
    if isinstance(problem, exceptions.PermissionDeniedError | exceptions.UnauthenticatedError):
        return BackendError(f"{what}: the object store does not let us ({told}).")
    if status in _BUSY:
        return Unavailable(f"{what}: the object store is busy ({told}).")
    if status:
        return BackendError(f"{what}: the object store answers {told}.")
    if isinstance(problem, exceptions.GenericError | OSError):
        return Unavailable(f"{what}: the object store does not answer.")
    return BackendError(f"{what}: {type(problem).__name__}.")
