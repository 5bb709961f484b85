"""What an audit of the bytes found."""

from typing import ClassVar, Literal

from msgspec import Struct

Fault = Literal["missing", "size", "digest", "unknown", "count"]
"""`missing`: a file without its bytes. `size`, `digest`: bytes that are not those that were kept.
`unknown`: bytes that no file and no upload knows. `count`: a counter that is not what a recount finds."""


class Finding(Struct, frozen=True):
    """One thing that is not as it should be. `id` names the file, the blob, or what is counted.

    `repaired` is True when that was put right.
    """

    fault: Fault
    session_id: str
    id: str
    detail: str
    repaired: bool = False


class Audit(Struct, frozen=True):
    """How many files and blobs were looked at, and what was found: `faults` counts all, `MOST` are told."""

    MOST: ClassVar[int] = 1000

    files: int
    blobs: int
    faults: int
    findings: tuple[Finding, ...] = ()

    def plus(self, other: "Audit") -> "Audit":
        """Both."""
        findings = (*self.findings, *other.findings)[: self.MOST]
        return Audit(self.files + other.files, self.blobs + other.blobs, self.faults + other.faults, findings)

    @property
    def clean(self) -> bool:
        """Nothing was found that still stands."""
        return self.faults == sum(finding.repaired for finding in self.findings)
