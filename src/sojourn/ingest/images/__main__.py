"""The process that decodes pictures: orders on standard input, answers on standard output.

It writes no file, and ends when its standard input does: with the process that started it.
"""

import io
import os
import signal
import sys
import threading
from queue import SimpleQueue

from sojourn.ingest.images.decode import TOO_MUCH, develop
from sojourn.ingest.images.orders import Answer, Order, receive, send


def main() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    _limit(int(sys.argv[1]))
    _warm_up()
    orders: SimpleQueue[tuple[Order, bytes | None]] = SimpleQueue()
    threading.Thread(target=_listen, args=(orders,), daemon=True).start()
    send(answers, Answer())
    while True:
        order, picture = orders.get()
        _hurry(order.seconds)
        answer, data = TOO_MUCH if picture is None else develop(order, picture)
        _hurry(None)
        send(answers, answer, [data])
        if answer.reason == "image.memory":
            return


def _warm_up() -> None:
    """Loads what will be needed; Pillow by itself would load every kind it knows."""
    from PIL import Image, TiffImagePlugin, WebPImagePlugin  # noqa: F401

    Image.preinit()


def _listen(orders: "SimpleQueue[tuple[Order, bytes | None]]") -> None:
    """Takes orders while the decoder works, so that the end of them is noticed at once."""
    stream = io.BufferedReader(io.FileIO(0, closefd=False))
    while (order := receive(stream, Order)) is not None:
        try:
            picture = stream.read(order.size)
        except MemoryError:
            orders.put((order, None))
            return
        if len(picture) < order.size:
            break
        orders.put((order, picture))
    os._exit(0)


def _limit(memory: int) -> None:
    """Bounds memory where the system can; a crash writes no core, and nobody a file."""
    if sys.platform == "win32":
        return
    import resource

    for name, wanted in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_AS, memory),
    ):
        _, hard = resource.getrlimit(name)
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        try:
            resource.setrlimit(name, (most, most))
        except (OSError, ValueError):
            continue  # macOS knows the name and refuses the value


def _hurry(seconds: float | None) -> None:
    """From now on so many seconds; then the system ends this process, whatever the decoder does.

    The other side does so first. This is for when it is gone.
    """
    if sys.platform == "win32":
        return
    import resource

    signal.alarm(0 if seconds is None else int(seconds) + 2)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = hard
    if seconds is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime + seconds) + 2
        soft = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


if __name__ == "__main__":
    main()
