"""How a session's preview is taken: what every store does alike."""

PREVIEW_CHARS = 120
PREVIEW_LOOKS = 8
"""A preview is taken from one of so many newest messages of the current branch."""

SPOKEN = ("user", "assistant")
"""The roles whose words make a preview."""


def preview(text: str) -> str:
    """The beginning of a text on one line, at most `PREVIEW_CHARS` characters of it."""
    start = text[: PREVIEW_CHARS + 1]
    if not start.isprintable() or "  " in start or start.startswith(" "):
        start = " ".join(text[: 4 * PREVIEW_CHARS].split())
    return start[:PREVIEW_CHARS].rstrip()
