"""`sojourn doctor`."""

from pathlib import Path

import click
import msgspec

from sojourn.cli import opening
from sojourn.cli.screen import console, safe, say, say_json, say_table, several
from sojourn.models import Audit

_SAID = {
    "missing": "its bytes are lost",
    "size": "its bytes are not as many as were kept",
    "digest": "its bytes are not those that were kept",
    "unknown": "nobody knows these bytes",
    "count": "a counter is wrong",
}
SOUND, AMISS = 0, 1


@click.command(
    epilog="""\b
Examples:
  # has every file its bytes, and do all bytes belong to a file?
  sojourn doctor --orphans
  # read every byte, and hold it against its digest
  sojourn doctor --orphans --deep
  # remove what nobody knows, and put counters right
  sojourn doctor --orphans --repair"""
)
@click.option("--orphans", is_flag=True, help="Look at files and their bytes. Without a choice, too.")
@click.option("--deep", is_flag=True, help="Read every byte; else sizes are compared.")
@click.option("--repair", is_flag=True, help="Remove bytes that nobody knows, and put counters right.")
@opening.data_option
@opening.settings_option
@opening.json_option
def doctor(
    orphans: bool,
    deep: bool,
    repair: bool,
    data: Path,
    settings_file: Path | None,
    as_json: bool,
) -> int:
    """Proves that files and bytes belong together, both ways.

    Every file must have its bytes, and whatever lies in the data folder outside the records
    must be known to them: as the bytes of a file, or of one on its way. Counters are counted
    anew. A server may run meanwhile.

    Nothing is changed without --repair, and a file is never removed: one whose bytes are lost
    stays, and says so when it is opened. Ends with exit code 1 while something is amiss.
    """
    with (
        opening.standing(data, opening.read(settings_file)) as store,
        console(stderr=True).status("Looking at files and their bytes…"),
    ):
        found = store.audit(deep=deep, repair=repair)
    if as_json:
        say_json(msgspec.to_builtins(found))
    else:
        _say(found)
    return SOUND if found.clean else AMISS


def _say(found: Audit) -> None:
    if found.findings:
        rows = [
            (
                finding.session_id,
                finding.id,
                _SAID[finding.fault] + (": repaired" if finding.repaired else ""),
                safe(finding.detail),
            )
            for finding in found.findings
        ]
        say_table(("session", "file", "finding", "detail"), rows)
    looked = f"{several(found.files, 'file')}, {several(found.blobs, 'thing')} beside the records"
    if not found.faults:
        say(f"{looked}: all as it should be.")
        return
    more = found.faults - len(found.findings)
    say(f"{looked}: {several(found.faults, 'fault')}{f', {more} of them not shown' if more else ''}.")
