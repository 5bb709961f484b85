"""Rules about the text of the project that no linter knows."""

import ast
import re
from collections.abc import Iterator

import pytest

LONGEST = 400


def trees(modules: dict[str, str]) -> Iterator[tuple[str, ast.AST]]:
    """Every node of every module, with the place to look at."""
    for path, text in modules.items():
        for node in ast.walk(ast.parse(text)):
            yield f"{path}:{getattr(node, 'lineno', 1)}", node


def test_no_file_is_longer_than_400_lines(texts: dict[str, str]) -> None:
    code = (".py", ".ts", ".tsx", ".css")
    long = {
        path: text.count("\n")
        for path, text in texts.items()
        if path.endswith(code) and not path.endswith(".d.ts") and text.count("\n") > LONGEST
    }
    assert not long


MAKES_CODE = {"eval", "exec", "compile", "__import__", "import_module"}

# Backends are found in a fixed table, or among the installed packages that offer one.
BY_NAME = "src/sojourn/backends/__init__.py"


def test_no_text_becomes_code(modules: dict[str, str]) -> None:
    found = []
    for place, node in trees(modules):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if called.removeprefix("builtins.").removeprefix("importlib.") in MAKES_CODE or "yaml." in called:
            found.append((place, called))
    assert [(place.split(":")[0], called) for place, called in found] == [(BY_NAME, "import_module")]


def test_no_rule_asks_which_backend_it_runs_on(modules: dict[str, str]) -> None:
    asked = re.compile(r"\b(backend|dialect)\b")
    found = [
        place
        for place, node in trees(modules)
        if isinstance(node, ast.Compare)
        and any(
            isinstance(side, ast.Name | ast.Attribute) and asked.search(ast.unparse(side))
            for side in (node.left, *node.comparators)
        )
    ]
    assert not found


FOGGY = re.compile(r"(^|_)(manager|handler|helper|util)s?($|_)", re.IGNORECASE)


def words(name: str) -> str:
    """CamelCase → snake_case."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)


def test_names_say_what_a_thing_is(modules: dict[str, str]) -> None:
    defined = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = [
        f"{place} {node.name}"
        for place, node in trees(modules)
        if isinstance(node, defined) and FOGGY.search(words(node.name))
    ]
    parts = {(path, part) for path in modules for part in path.removesuffix(".py").split("/")}
    found += [path for path, part in parts if FOGGY.search(part)]
    assert not found


FOREIGN = {"thread_id", "app_name", "checkpoint_id", "chat_id"}


def test_words_of_other_frameworks_stay_in_their_adapters(modules: dict[str, str]) -> None:
    found = []
    for place, node in trees(modules):
        if place.startswith("src/sojourn/integrations/"):
            continue
        name = {ast.arg: "arg", ast.Name: "id", ast.Attribute: "attr"}.get(type(node))
        if name and getattr(node, name) in FOREIGN:
            found.append(place)
    assert not found


OUR_OWN_PATHS = re.compile(r"(?<![\w.])/(?:root|home/\w+|work|opt|mnt|Users|tmp)/")
REGISTRIES = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.(?:npm|yarn)|npmjs\.|\bindex-url\b|\bfind-links\b|\bextra-index",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"\b(?:https?|wss?|s3|postgresql)://(?:[^\s/@'\"]*@)?([\w.\-\[\]]+)")
NOBODYS = re.compile(
    r"(?:^|\.)(?:example(?:\.com|\.org|\.net)?|test|invalid|localhost|testserver)$|^127\.|^\[|^0\.0\.0\.0$"
)
STANDARDS = {"www.w3.org", "www.apache.org"}
"""Names of standards and of the licence: nobody goes there."""

# What other people wrote, with their own addresses in it.
NOT_OURS = re.compile(r"^LICENSE$|package-lock\.json$|/licenses?/|\bOFL\b")


def test_no_file_names_a_machine(texts: dict[str, str]) -> None:
    found = []
    for path, text in texts.items():
        if path == "tests/architecture/test_sources.py":
            continue
        lines = enumerate(text.splitlines(), 1)
        for number, line in lines:
            if OUR_OWN_PATHS.search(line) or REGISTRIES.search(line):
                found.append(f"{path}:{number}: {line.strip()[:100]}")
            elif not NOT_OURS.search(path):
                hosts = {host.rstrip(".") for host in ADDRESS.findall(line)}
                if any("." in host and not NOBODYS.search(host) for host in hosts - STANDARDS):
                    found.append(f"{path}:{number}: {line.strip()[:100]}")
    assert not found, "\n".join(found)


def test_no_test_steps_aside(texts: dict[str, str]) -> None:
    aside = re.compile(r"pytest\.(?:skip|xfail|importorskip)\(|mark\.(?:skip|skipif|xfail)\b")
    found = [
        path
        for path, text in texts.items()
        if path.startswith("tests/") and path.endswith(".py") and aside.search(text)
    ]
    assert found == ["tests/conftest.py"]  # no Chromium, or no uv: one reason each


@pytest.mark.parametrize(
    ("line", "names_a_machine"),
    [
        ("http://127.0.0.1:8000/", False),
        ("https://testserver/v1", False),
        ("https://evil.example/x", False),
        ("https://files.internal.corp/x", True),
        ("postgresql://ada:secret@db.corp.net/x", True),
    ],
)
def test_an_address_is_told_from_an_example(line: str, names_a_machine: bool) -> None:
    hosts = ADDRESS.findall(line)
    assert bool([host for host in hosts if "." in host and not NOBODYS.search(host)]) is names_a_machine
