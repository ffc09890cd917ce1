"""The event kinds of orders that are entered, returned and corrected by hand, with their words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from habitue.events.kinds import EventKind, declare

KINDS = (
    EventKind("order.entered", gettext_lazy("Order %(number)s entered")),
    EventKind("order.returned", gettext_lazy("Return %(number)s entered")),
    EventKind("order.corrected", gettext_lazy("Order %(number)s corrected")),
)


def declare_kinds() -> None:
    declare(*KINDS)
