"""`python -m benchmarks NAME …`: runs `main()` of each module named."""

import sys
from importlib import import_module
from pathlib import Path

PARTS = {"__init__", "__main__", "measure"}
NAMES = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in PARTS)


def main(names: list[str]) -> int:
    if not names or not set(names) <= set(NAMES):
        print(f"python -m benchmarks NAME …, of: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    for name in names:
        print(f"docs/figures/{import_module(f'benchmarks.{name}').main().name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
