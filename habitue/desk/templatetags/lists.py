"""What stands in the cells of the list, and segments in words, as template filters."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext as _

from habitue.kernel import formats
from habitue.kernel.errors import HabitueError
from habitue.segments import rules
from habitue.segments.models import Segment

register = template.Library()


@register.filter
def sentence(segment: Segment) -> str:
    """Its rules in words; of a broken one, why it is."""
    try:
        return rules.sentence(rules.parse(segment.rules, (segment.pk,)))
    except HabitueError as error:
        return _("This segment is broken. %(why)s") % {"why": error.message}


@register.filter
def get(values: dict[str, Any], name: str) -> Any:
    return values.get(name)


@register.filter
def worded(value: Any) -> str | None:
    """A value of a custom field, as the reader writes it."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return formats.number(value, digits=4)
    return formats.day_short(value) if isinstance(value, date) else str(value)
