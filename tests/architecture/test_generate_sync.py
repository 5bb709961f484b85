"""tools/generate_sync.py: the blocking facade is the awaited one, with the waiting taken out."""

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools/generate_sync.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = spec_from_file_location("generate_sync", TOOL)
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("awaited", "blocking"),
    [
        ("async def f() -> None: ...", "def f() -> None: ..."),
        ("x = await f(1)", "x = f(1)"),
        ("x = (await f(1)).name", "x = f(1).name"),
        ("x = (await f(1))[0]", "x = f(1)[0]"),
        ("x = (await f(1) + 1) * 2", "x = (f(1) + 1) * 2"),
        ("g(await f(1))", "g(f(1))"),
        ("g((await f(1)).name, 2)", "g(f(1).name, 2)"),
        ("return (await f()).name", "return f().name"),
        ('é = ("é", (await f()).name)', 'é = ("é", f().name)'),
        ("async with a as b, c: ...", "with a as b, c: ..."),
        ("async for a in b: ...", "for a in b: ..."),
        ("x = [a async for a in b if await a.ok()]", "x = [a for a in b if a.ok()]"),
        ("async def __aenter__(self): ...", "def __enter__(self): ..."),
        ("def __aiter__(self): ...", "def __iter__(self): ..."),
        ("raise StopAsyncIteration", "raise StopIteration"),
        ("class AsyncSojourn(_AsyncBase): ...", "class Sojourn(_Base): ..."),
        ("def user(self) -> 'AsyncUser': ...", "def user(self) -> 'User': ..."),
        ("x: AsyncIterator[AsyncSession]", "x: Iterator[Session]"),
        ("x: AsyncIterable[bytes]", "x: Iterable[bytes]"),
        ("x: AsyncGenerator[int, None]", "x: Generator[int, None]"),
        ("f: Callable[[int], Awaitable[dict[str, int]]]", "f: Callable[[int], dict[str, int]]"),
        ("c: Coroutine[Any, Any, tuple[int, str]]", "c: tuple[int, str]"),
        ("from sojourn.aio.user import AsyncUser", "from sojourn.sync.user import User"),
        ("from sojourn.drive import AsyncDrive, async_pieces", "from sojourn.drive import Drive, pieces"),
        ("asyncio = asynchronous = Asynchronous", "asyncio = asynchronous = Asynchronous"),
        ("text = 'await the answer'", "text = 'await the answer'"),
        ("x = 1  # `await x.y()` is how", "x = 1  # `x.y()` is how"),
        ("x = 1  # others await their turn", "x = 1  # others await their turn"),
    ],
)
def test_a_line_has_this_twin(tool: ModuleType, awaited: str, blocking: str) -> None:
    def inside(line: str) -> str:
        return f"async def outer():\n    {line}\n"

    text = tool.blocking(inside(awaited))
    assert text == inside(blocking).replace("async def outer", "def outer")


def test_docstrings_keep_their_prose_and_change_their_code(tool: ModuleType) -> None:
    text = '''class AsyncFiles:
    """Files. Whoever must await a turn awaits it here; `await files.list()` answers.

        async with AsyncSojourn.open(url) as store:
            await store.close()

    >>> await files.list()
    """
'''
    assert (
        tool.blocking(text)
        == '''class Files:
    """Files. Whoever must await a turn awaits it here; `files.list()` answers.

        with Sojourn.open(url) as store:
            store.close()

    >>> files.list()
    """
'''
    )


def test_two_forms_of_one_thing_become_one(tool: ModuleType) -> None:
    text = "from sojourn.drive import AsyncDrive, Drive\nfrom sojourn import models\nclass AsyncUser: ...\n"
    assert "class User" in tool.blocking(text)


def test_a_block_marked_async_only_has_no_twin(tool: ModuleType) -> None:
    text = "a = 1\n# async only\nimport asyncio\n\n# end async only\nb = 2\n"
    assert tool.blocking(text) == "a = 1\nb = 2\n"


@pytest.mark.parametrize(
    "text",
    [
        "# async only\nx = 1\n",
        "x = 1\n# end async only\n",
        "async def f():\n    return f'{await x}'\n",
        "from sojourn.models import User\n\nclass AsyncUser: ...\n",
        "from sojourn.models import User\nfrom sojourn.aio.user import AsyncUser\n",
    ],
)
def test_what_has_no_blocking_form_is_refused(tool: ModuleType, text: str) -> None:
    with pytest.raises(tool.Unfit):
        tool.blocking(text)


SAMPLE = '''"""A sample."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator


class AsyncSample:
    """One."""

    async def each(self, of: Callable[[int], Awaitable[int]]) -> AsyncIterator[int]:
        for number in self.numbers():
            yield await of(number)  # one by one

    def numbers(self) -> Iterator[int]:
        return iter((1, 2))
'''


def test_a_package_is_written_whole_runs_and_is_checked(tool: ModuleType, tmp_path: Path) -> None:
    source, target = tmp_path / "aio", tmp_path / "sync"
    source.mkdir()
    target.mkdir()
    (source / "sample.py").write_text(SAMPLE)
    (target / "stale.py").write_text("x = 1\n")
    wanted = tool.generated(source)
    assert any("stale.py" in line for line in tool.differences(wanted, target))
    tool.write(wanted, target)
    assert [file.name for file in target.iterdir()] == ["sample.py"]
    assert not list(tool.differences(wanted, target))

    text = (target / "sample.py").read_text()
    assert text.startswith("# Generated from src/sojourn/aio/sample.py by tools/generate_sync.py")
    assert "from collections.abc import Callable, Iterator\n" in text
    assert "# one by one" in text
    run = f"{text}\nprint(list(Sample().each(lambda n: n * 10)))"
    answer = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, check=True)
    assert answer.stdout == "[10, 20]\n"

    (target / "sample.py").write_text(text.replace("One.", "Two."))
    lost = [line for line in tool.differences(wanted, target) if line.startswith("-    ")]
    assert lost == ['-    """Two."""']


def test_sync_is_what_aio_says() -> None:
    answer = subprocess.run([sys.executable, TOOL, "--check"], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout + answer.stderr
