"""Names of the controls for how a file is read: fields of the page at the desk, options of the command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

FIELDS = {
    "encoding": gettext_lazy("Encoding"),
    "separator": gettext_lazy("Between cells"),
    "sheet": gettext_lazy("Sheet"),
    "heading_line": gettext_lazy("Line with the headings (0: none)"),
    "leave_out": gettext_lazy("Lines to leave out"),
    "widths": gettext_lazy("Widths of columns without a mark between cells"),
    "date_format": gettext_lazy("Dates"),
}
_desk: ContextVar[bool] = ContextVar("desk", default=False)


@contextmanager
def at_the_desk() -> Iterator[None]:
    """A context in which messages name the fields of the page."""
    token = _desk.set(True)
    try:
        yield
    finally:
        _desk.reset(token)


def control(name: str) -> str:
    """The control of an option in words: the field of the page, or the option of the command and the mapping's key."""
    if _desk.get():
        return _("“%(field)s” under “How the file is written”") % {"field": FIELDS[name]}
    if name == "date_format":
        return _("a mapping with date_format")
    option = f"--{name.replace('_', '-')}"
    return _("%(option)s, or %(key)s in a mapping") % {"option": option, "key": name}
