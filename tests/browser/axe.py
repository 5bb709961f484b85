"""What axe finds on a page."""

import json
from pathlib import Path

import axe_core_python
from tests.browser.person import Person

AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(person: Person, state: str) -> list[str]:
    """What axe finds on the page as it is now; no sideways scroll either."""
    page = person.page
    page.wait_for_timeout(250)  # what fades in has faded in
    page.evaluate(AXE)
    found = page.evaluate(f"axe.run(document, {{runOnly: {json.dumps(TAGS)}}})")["violations"]
    told = [f"{state}: {v['id']}: {[node['html'][:120] for node in v['nodes']]}" for v in found]
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        told.append(f"{state}: scrolls sideways")
    return told
