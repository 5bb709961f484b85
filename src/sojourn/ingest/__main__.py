"""The process that reads one file: an `Order` on standard input, an `Outcome` on standard output."""

import sys

import msgspec

from sojourn.ingest import Order, Outcome, carry_out

_MEMORY = 2 << 30


def main() -> None:
    """Ends with another code than 0 when the Reader itself breaks."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    _limit(order.seconds)
    try:
        outcome = carry_out(order)
    except MemoryError:
        outcome = Outcome(problem="Reading this file takes too much memory.")
    sys.stdout.buffer.write(msgspec.msgpack.encode(outcome))


def _limit(seconds: int) -> None:
    """Bounds memory and processor time, where the system can; a crash writes no core."""
    if sys.platform == "win32":
        return
    import resource

    bounds = (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, seconds + 1),
        (resource.RLIMIT_AS, _MEMORY),
    )
    for name, wanted in bounds:
        _, hard = resource.getrlimit(name)
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        try:
            resource.setrlimit(name, (most, most))
        except (OSError, ValueError):
            continue  # macOS knows the name and refuses the value


if __name__ == "__main__":
    main()
