"""Something to upload: a manual that comes with Python, a PDF of part of it, a table, pictures, archives."""

import csv
import random
import zipfile
from pathlib import Path
from pydoc_data.topics import topics

from fpdf import FPDF
from PIL import Image

PAGE = 3000
ROWS = 10_000


def book(folder: Path) -> Path:
    """Python's reference of its language, as plain text in pages: more than a hundred of them."""
    words = "\n\n".join(topics[name] for name in sorted(topics))
    pages = [words[start : start + PAGE] for start in range(0, len(words), PAGE)]
    assert len(pages) >= 100
    path = folder / "python-reference.txt"
    path.write_text("\f".join(pages), encoding="utf-8")
    return path


def report(folder: Path) -> Path:
    """A PDF of twelve pages; the ninth speaks of floating point."""
    document = FPDF()
    document.set_font("Courier", size=9)
    for number in range(1, 13):
        document.add_page()
        name = "floating" if number == 9 else sorted(topics)[number]
        document.multi_cell(
            0, 4, topics.get(name, topics["numbers"])[:2500].encode("ascii", "replace").decode()
        )
    path = folder / "report.pdf"
    document.output(str(path))
    return path


def stations(folder: Path) -> Path:
    """A table of tide stations, one of them by a name that nothing else has."""
    path = folder / "stations.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["station", "harbour", "mean range m", "remark"])
        for row in range(1, ROWS + 1):
            remark = "the gauge froze in February" if row == 7342 else "ordinary"
            table.writerow([f"S{row:05d}", f"Harbour {row % 97}", f"{(row * 37 % 900) / 100:.2f}", remark])
    return path


SHAPES = [(600, 400), (400, 600), (500, 500), (900, 300)]


def pictures(folder: Path, count: int) -> list[Path]:
    """So many photographs of the same shore, each in its own light."""
    made: list[Path] = []
    for number in range(count):
        dice = random.Random(number)
        sky, sea = ([dice.randrange(30, 220) for _ in range(3)] for _ in range(2))
        small = Image.new("RGB", (1, 2))
        small.putdata([tuple(sky), tuple(sea)])
        made.append(folder / f"shore-{number:02}.jpg")
        small.resize(SHAPES[number % len(SHAPES)], Image.Resampling.BILINEAR).save(made[-1])
    return made


def archive(folder: Path, name: str, entries: dict[str, bytes]) -> Path:
    """A ZIP of these entries."""
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
        for entry, data in entries.items():
            written.writestr(entry, data)
    return path
