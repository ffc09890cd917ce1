"""The event kinds of imports, with their words and what happens before and after an undo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from habitue.events.kinds import EventKind, declare
from habitue.imports import undoing
from habitue.team.rights import IMPORT

STARTED, FINISHED = "import.started", "import.finished"


def _imported(data: Mapping[str, Any]) -> str:
    return _("Imported from the file “%(file)s”") % {"file": data.get("file", "")}


def _importing(data: Mapping[str, Any]) -> str:
    return _("Import of the file “%(file)s”, not finished") % {"file": data.get("file", "")}


def declare_kinds() -> None:
    for code, words in ((STARTED, _importing), (FINISHED, _imported)):
        declare(EventKind(code, words, IMPORT, before_undo=undoing.before_undo, after_undo=undoing.after_undo))
