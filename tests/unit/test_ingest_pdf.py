"""PDF: the words of each page, with the page's number."""

import io
import sysconfig
import zlib
from pathlib import Path

import pytest
from fpdf import FPDF
from pypdf import PdfReader as Document
from pypdf import PdfWriter

from sojourn import ingest
from sojourn.config import Settings
from sojourn.errors import ReaderFailed
from sojourn.ingest import READERS
from sojourn.models import Chunk


def printed(*sheets: str) -> bytes:
    pdf = FPDF()
    for sheet in sheets:
        pdf.add_page()
        pdf.set_font("Helvetica", size=10)
        pdf.multi_cell(0, 5, sheet)
    return bytes(pdf.output())


def locked(data: bytes, password: str) -> bytes:
    writer = PdfWriter(clone_from=Document(io.BytesIO(data)))
    writer.encrypt(password, owner_password="of the owner", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def read(folder: Path, data: bytes) -> list[Chunk]:
    path = folder / "paper.pdf"
    path.write_bytes(data)
    return list(READERS["application/pdf"].read(path, "application/pdf"))


def test_each_page_is_read_under_its_number(tmp_path: Path) -> None:
    found = read(tmp_path, printed("About tides.", "About the moon.", "", "About ships."))
    assert [(chunk.text, chunk.place.page) for chunk in found] == [
        ("About tides.", 1),
        ("About the moon.", 2),
        ("About ships.", 4),
    ]


def test_a_word_broken_at_the_end_of_a_line_is_one_word_again(tmp_path: Path) -> None:
    (chunk,) = read(tmp_path, printed("The inter-\nnational agree-\nment of North-\nWest and 10-\n20 ships"))
    assert chunk.text == "The international agreement of North-\nWest and 10-\n20 ships"


def test_a_locked_pdf_says_so(tmp_path: Path) -> None:
    with pytest.raises(ReaderFailed, match=r"^This PDF is locked with a password\.$"):
        read(tmp_path, locked(printed("secret"), "open sesame"))


def test_a_pdf_that_only_forbids_printing_is_read(tmp_path: Path) -> None:
    assert [chunk.text for chunk in read(tmp_path, locked(printed("not secret"), ""))] == ["not secret"]


def test_a_truncated_pdf_is_read_or_refused_but_never_anything_else(tmp_path: Path) -> None:
    whole = printed(*(f"Page {number} of the paper." for number in range(1, 6)))
    told = [outcome(tmp_path, whole[:size]) for size in range(0, len(whole), max(1, len(whole) // 40))]
    assert {*told} <= {"read", "This PDF is damaged.", "No page of this PDF can be read."}
    assert told.count("This PDF is damaged.") > 5


def outcome(folder: Path, data: bytes) -> str:
    try:
        read(folder, data)
    except ReaderFailed as failure:
        return str(failure)
    return "read"


def test_noise_after_the_first_bytes_of_a_pdf_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReaderFailed, match="damaged"):
        read(tmp_path, b"%PDF-1.7\n" + bytes(range(256)) * 400)


def test_a_page_that_unfolds_to_very_much_ends(tmp_path: Path) -> None:
    packed = zlib.compress(b"BT (x) Tj ET\n" * 20_000_000)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed),
    ]
    body = b"%PDF-1.4\n"
    table = b"0000000000 65535 f \n"
    for number, content in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % len(body)
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    tail = b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(body)
    path = tmp_path / "bomb.pdf"
    path.write_bytes(body + b"xref\n0 5\n" + table + tail)
    assert len(pages(path, Settings(read_seconds=5))) <= 1


def pages(path: Path, settings: Settings) -> set[int | None]:
    """The pages that were found; none when the file was refused as it should be."""
    try:
        found = ingest.read(path, "application/pdf", settings=settings)
    except ReaderFailed as failure:
        return set() if "The bytes are kept." in str(failure) else {None}
    return {chunk.place.page for chunk in found}


def test_pdfs_that_the_machine_brings_are_read_or_refused_in_words() -> None:
    installed = sorted(Path(sysconfig.get_path("purelib")).rglob("*.pdf"))[:5]
    shared = sorted(Path(sysconfig.get_path("data"), "share", "doc").rglob("*.pdf"))[:2]
    for path in (*installed, *shared):
        assert None not in pages(path, Settings()), path
