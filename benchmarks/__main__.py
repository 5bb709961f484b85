"""`python -m benchmarks NAME … [--quick] [what=number …]`: runs `main()` of each module named.

`--quick` takes a module's own short rounds; `rounds=50` and the like set what a `main` takes by that name.
"""

import inspect
import sys
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).parent
NAMES = sorted(
    path.stem
    for path in FOLDER.glob("*.py")
    if path.stem != "__main__" and "\ndef main(" in path.read_text("utf-8")
)
USAGE = f"python -m benchmarks NAME … [--quick] [what=number …], of: {', '.join(NAMES)}"


def main(words: list[str]) -> int:
    quick = "--quick" in words
    given = dict(word.split("=", 1) for word in words if "=" in word)
    names = [word for word in words if "=" not in word and word != "--quick"]
    if not names or not set(names) <= set(NAMES):
        print(USAGE, file=sys.stderr)
        return 2
    modules = [import_module(f"benchmarks.{name}") for name in names]
    taken = [inspect.signature(module.main).parameters for module in modules]
    try:
        numbers = {what: float(number) for what, number in given.items()}
    except ValueError:
        print(USAGE, file=sys.stderr)
        return 2
    for what in numbers:
        if not any(what in parameters for parameters in taken):
            print(f"None of {', '.join(names)} takes {what!r}.", file=sys.stderr)
            return 2
    for module, parameters in zip(modules, taken, strict=True):
        settings = dict(getattr(module, "QUICK", {})) if quick else {}
        for what, number in numbers.items():
            if what in parameters:
                settings[what] = number if parameters[what].annotation is float else int(number)
        print(f"docs/figures/{module.main(**settings).name}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
