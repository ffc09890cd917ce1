"""The event kinds of segments and of bulk changes, with their words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from habitue.events.kinds import EventKind, declare
from habitue.kernel import formats
from habitue.segments.bulk_changes import KIND, TITLES


def _changed(data: Mapping[str, Any]) -> str:
    count = data["customers"]
    what = str(TITLES[data["edit"]])
    if data.get("target"):
        what = _("%(what)s: %(target)s") % {"what": what, "target": data["target"]}
    return ngettext("%(what)s (with %(count)s customer)", "%(what)s (with %(count)s customers at once)", count) % {
        "what": what,
        "count": formats.number(count),
    }


def _counted(data: Mapping[str, Any]) -> str:
    return _("Segment counted: %(size)s, %(entered)s came and %(left)s went") % {
        name: formats.number(data[name]) for name in ("size", "entered", "left")
    }


def declare_kinds() -> None:
    declare(
        EventKind(KIND, _changed),
        EventKind("segment.made", gettext_lazy("Segment “%(name)s” made"), own_only=True),
        EventKind("segment.edited", gettext_lazy("Segment “%(name)s” edited"), own_only=True),
        EventKind("segment.removed", gettext_lazy("Segment “%(name)s” removed"), own_only=True),
        EventKind("segment.counted", _counted, undoable=False, public=False),
    )
