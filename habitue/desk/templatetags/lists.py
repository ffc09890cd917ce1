"""Template filters that put values of any type, and segments, in words."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext as _

from habitue.customers import list_columns
from habitue.kernel.errors import HabitueError
from habitue.segments import rules
from habitue.segments.models import Segment

register = template.Library()


@register.filter
def sentence(segment: Segment) -> str:
    """The rules of a segment in words; for a broken segment, the reason."""
    try:
        return rules.sentence(rules.parse(segment.rules, (segment.pk,)))
    except HabitueError as error:
        return _("This segment is broken. %(why)s") % {"why": error.message}


@register.filter
def get(values: dict[str, Any], name: str) -> Any:
    return values.get(name)


register.filter("worded", list_columns.words)
