"""Line numbers of rows. Those of the second and further sheets are offset by multiples of STRIDE."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

STRIDE = 1_000_000_000


def words(line: int, sheets: Sequence[str] = ()) -> str:
    """A line number in words; with its sheet where several were read together."""
    at, within = divmod(line, STRIDE)
    if len(sheets) < 2:
        return str(line)
    return _("%(line)s of the sheet “%(sheet)s”") % {"line": within, "sheet": sheets[at]}
