"""Writes src/sojourn/sync/ from src/sojourn/aio/, file by file.

    ./dev python tools/generate_sync.py           write
    ./dev python tools/generate_sync.py --check   say whether what is there is what would be written

The facade is written once, by hand, awaited. Its twin is the same text with
`async` and `await` taken out and names put in their blocking form. A block
between the lines `# async only` and `# end async only` has no twin.
"""

import ast
import difflib
import io
import re
import subprocess
import sys
import tempfile
import tokenize
from collections.abc import Iterator, Sequence
from keyword import iskeyword
from pathlib import Path
from tokenize import TokenInfo

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src/sojourn/aio"
TARGET = ROOT / "src/sojourn/sync"

HEADER = "# Generated from {source} by tools/generate_sync.py. Change that file, then run it.\n"

NAMES = {
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "AbstractAsyncContextManager": "AbstractContextManager",
    "StopAsyncIteration": "StopIteration",
    "aclose": "close",
    "aclosing": "closing",
    "aio": "sync",
    "aiter": "iter",
    "anext": "next",
    "aread": "read",
    "asynccontextmanager": "contextmanager",
    "awrite": "write",
}

WRAPPERS = ("Awaitable", "Coroutine")
"""What stands around the type of an answer that is still to come."""

WORD = re.compile(r"[A-Za-z_]\w*")
SPAN = re.compile(r"`[^`\n]+`")
KEYWORD = re.compile(r"\bawait |\basync (?=for\b|with\b|def\b)")
ONLY = re.compile(r"^[ \t]*# async only\n.*?^[ \t]*# end async only\n", re.DOTALL | re.MULTILINE)


class Unfit(Exception):
    """The source says something that has no blocking form."""


def renamed(word: str) -> str:
    """A name in its blocking form."""
    if word in NAMES:
        return NAMES[word]
    return re.sub(r"^(_*)(?:Async(?=[A-Z])|async_(?=[a-z]))", r"\1", word)


def names_in(text: str) -> str:
    return WORD.sub(lambda found: renamed(found[0]), text)


def prose(text: str, margin: int) -> str:
    """Docstring or comment text: names everywhere, keywords only where the text is code.

    Code is what stands in backticks, in a fence, at a prompt, or deeper than `margin`.
    """
    lines = []
    fenced = False
    for number, line in enumerate(text.split("\n")):
        bare = line.strip()
        fenced ^= bare.startswith("```")
        deep = number > 0 and len(line) - len(line.lstrip()) > margin
        if fenced or deep or bare.startswith((">>>", "...")):
            line = KEYWORD.sub("", line)  # noqa: PLW2901
        else:
            line = SPAN.sub(lambda found: KEYWORD.sub("", found[0]), line)  # noqa: PLW2901
        lines.append(names_in(line))
    return "\n".join(lines)


class Edits:
    """Changes to one text, by place."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0]
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.made: list[tuple[int, int, str]] = []

    def at(self, place: tuple[int, int]) -> int:
        return self.starts[place[0] - 1] + place[1]

    def put(self, start: tuple[int, int], end: tuple[int, int], new: str) -> None:
        if self.text[self.at(start) : self.at(end)] != new:
            self.made.append((self.at(start), self.at(end), new))

    def done(self) -> str:
        text = self.text
        for start, end, new in sorted(self.made, reverse=True):
            text = text[:start] + new + text[end:]
        return text


def closing(tokens: Sequence[TokenInfo], opening: int) -> int:
    """Where the bracket that opens at `opening` closes."""
    depth = 0
    for index in range(opening, len(tokens)):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(tokens[index].string, 0)
        if depth == 0:
            return index
    raise Unfit(f"line {tokens[opening].start[0]}: a bracket is never closed")


def unwrap(edits: Edits, tokens: Sequence[TokenInfo], index: int) -> None:
    """`Awaitable[T]` → `T`, `Coroutine[A, B, T]` → `T`."""
    end = closing(tokens, index + 1)
    start, depth = index + 2, 0
    for at in range(index + 1, end):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(tokens[at].string, 0)
        if depth == 1 and tokens[at].string == "," and tokens[index].string == "Coroutine":
            start = at + 1
    edits.put(tokens[index].start, tokens[start].start, "")
    edits.put(tokens[end].start, tokens[end].end, "")


def lone_awaits(text: str) -> set[tuple[int, int]]:
    """Ends (line, column in characters) of awaits that lie on one line."""
    lines = text.split("\n")
    ends = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.JoinedStr) and any(isinstance(inner, ast.Await) for inner in ast.walk(node)):
            raise Unfit(f"line {node.lineno}: an await inside an f-string; give it a name first")
        if isinstance(node, ast.Await) and node.end_lineno == node.lineno:
            assert node.end_col_offset is not None
            column = len(lines[node.lineno - 1].encode()[: node.end_col_offset].decode())
            ends.add((node.lineno, column))
    return ends


def bound(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each name that the module imports or defines, and where it comes from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((alias.asname or alias.name, node.module or "") for alias in node.names)
        elif isinstance(node, ast.ClassDef | ast.AsyncFunctionDef | ast.FunctionDef) and node in tree.body:
            yield node.name, "here"


def clashes(text: str) -> list[str]:
    """Names that are two things in the source and would be one in the twin.

    `AsyncIterator` and `Iterator` of one module are a pair that belongs together, and no clash.
    """
    meanings: dict[str, set[tuple[str, str]]] = {}
    for name, home in bound(ast.parse(text)):
        meanings.setdefault(renamed(name), set()).add((name, home))
    return sorted(
        twin
        for twin, found in meanings.items()
        if len({name for name, _ in found}) > 1 and len({home for _, home in found}) > 1
    )


def docstrings(text: str) -> dict[tuple[int, int], int]:
    """Where strings that are statements begin, with the column they stand at."""
    return {
        (node.lineno, node.col_offset): node.col_offset
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def drop(edits: Edits, tokens: Sequence[TokenInfo], index: int) -> None:
    """Takes a keyword out, with the space after it."""
    edits.put(tokens[index].start, tokens[index + 1].start, "")


def unbracket(edits: Edits, tokens: Sequence[TokenInfo], index: int, ends: set[tuple[int, int]]) -> None:
    """`(await x).y` → `x.y`: the brackets were there for the await alone."""
    before = tokens[index - 2] if index > 1 else None
    if index == 0 or tokens[index - 1].string != "(" or before is None:
        return
    called = before.type == tokenize.NAME and not iskeyword(before.string)
    if called or before.string in (")", "]"):
        return
    last = closing(tokens, index - 1)
    if tokens[last - 1].end in ends and tokens[last].start == tokens[last - 1].end:
        edits.put(tokens[index - 1].start, tokens[index - 1].end, "")
        edits.put(tokens[last].start, tokens[last].end, "")


def blocking(text: str) -> str:
    """The blocking twin of a module's text, not yet formatted."""
    text = ONLY.sub("", text)
    if re.search(r"^[ \t]*# (end )?async only$", text, re.MULTILINE):
        raise Unfit("an `# async only` block is not closed, or closed twice")
    if found := clashes(text):
        raise Unfit(f"{', '.join(found)} would be two things at once: name one of them by its module")
    edits, ends, docs = Edits(text), lone_awaits(text), docstrings(text)
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    for index, token in enumerate(tokens):
        if token.type == tokenize.NAME and token.string == "await":
            drop(edits, tokens, index)
            unbracket(edits, tokens, index, ends)
        elif token.type == tokenize.NAME and token.string == "async":
            drop(edits, tokens, index)
        elif token.type == tokenize.NAME and token.string in WRAPPERS and tokens[index + 1].string == "[":
            unwrap(edits, tokens, index)
        elif token.type == tokenize.NAME:
            edits.put(token.start, token.end, renamed(token.string))
        elif token.type == tokenize.COMMENT:
            edits.put(token.start, token.end, prose(token.string, 0))
        elif token.type == tokenize.STRING and token.start in docs:
            edits.put(token.start, token.end, prose(token.string, docs[token.start]))
        elif token.type == tokenize.STRING or tokenize.tok_name[token.type].endswith("STRING_MIDDLE"):
            edits.put(token.start, token.end, names_in(token.string))
    return edits.done()


def formatted(folder: Path) -> None:
    """Takes out what is no longer used, and lays the rest out."""
    ruff = [sys.executable, "-m", "ruff"]
    config = ["--config", str(ROOT / "pyproject.toml"), "--no-cache", "--quiet", str(folder)]
    subprocess.run([*ruff, "check", "--fix", "--select", "F401,I001", *config], check=True)
    subprocess.run([*ruff, "format", *config], check=True)


def generated(source: Path) -> dict[str, str]:
    """File name → text, for the whole package."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "sync"
        folder.mkdir()
        for file in sorted(source.glob("*.py")):
            try:
                text = blocking(file.read_text("utf-8"))
            except Unfit as problem:
                raise SystemExit(f"{file.name}: {problem}") from problem
            (folder / file.name).write_text(text, "utf-8")
        formatted(folder)
        return {
            file.name: HEADER.format(source=f"src/sojourn/aio/{file.name}") + file.read_text("utf-8")
            for file in sorted(folder.glob("*.py"))
        }


def differences(wanted: dict[str, str], target: Path) -> Iterator[str]:
    """What would change, as a diff."""
    there = {file.name: file.read_text("utf-8") for file in target.glob("*.py")}
    for name in sorted(wanted.keys() | there.keys()):
        old, new = there.get(name, ""), wanted.get(name, "")
        yield from difflib.unified_diff(
            old.splitlines(), new.splitlines(), f"sync/{name}", f"sync/{name} as generated", lineterm=""
        )


def write(wanted: dict[str, str], target: Path) -> None:
    target.mkdir(exist_ok=True)
    for file in target.glob("*.py"):
        if file.name not in wanted:
            file.unlink()
    for name, text in wanted.items():
        if not (target / name).exists() or (target / name).read_text("utf-8") != text:
            (target / name).write_text(text, "utf-8")


def main(arguments: Sequence[str]) -> int:
    wanted = generated(SOURCE)
    if "--check" in arguments:
        found = list(differences(wanted, TARGET))
        print("\n".join([*found, "Run tools/generate_sync.py."] if found else ["sync/ is what aio/ says."]))
        return 1 if found else 0
    write(wanted, TARGET)
    print(f"{len(wanted)} files written.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
