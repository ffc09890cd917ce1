"""The event kinds of portraits, with their words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from habitue.events.kinds import EventKind, declare
from habitue.kernel import formats


def _refreshed(data: Mapping[str, Any]) -> str:
    return _("Portraits computed as of %(day)s") % {"day": formats.day(date.fromisoformat(data["as_of"]))}


def declare_kinds() -> None:
    declare(EventKind("portraits.refreshed", _refreshed, undoable=False, public=False))
