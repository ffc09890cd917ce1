"""The number of a row: its line in the file. Those of a further sheet begin at a number that no file reaches."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

STRIDE = 1_000_000_000


def words(line: int, sheets: Sequence[str] = ()) -> str:
    """The line as a person finds it; with its sheet where several were read together."""
    at, within = divmod(line, STRIDE)
    if len(sheets) < 2:
        return str(line)
    return _("%(line)s of the sheet “%(sheet)s”") % {"line": within, "sheet": sheets[at]}
