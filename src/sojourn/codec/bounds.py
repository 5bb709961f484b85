"""What a decoded JSON tree must keep to before anything else looks at it."""

from typing import Any, Final

from sojourn.codec.lowering import Lowering, encode_plain
from sojourn.codec.refusal import Refused

_UNBOUNDED: Final = 1 << 62


def json_bounds(value: Any, *, max_depth: int, where: str) -> None:
    """Refuses NaN, the infinities, lone surrogates and more than `max_depth` containers within one another.

    Raises `Invalid` naming the path, which begins with `where`. The size is bounded by whoever read the body.
    """
    if encode_plain(value, max_depth, _UNBOUNDED) is not None:
        return
    try:
        Lowering(None, max_depth, None).lower(value, 0)
    except Refused as refused:
        raise refused.invalid(where) from None
