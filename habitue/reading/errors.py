from __future__ import annotations

from django.utils.translation import gettext as _

from habitue.kernel.errors import HabitueError


class InvalidQuery(HabitueError):  # noqa: N818 - named after what it says
    """A filter, a sort or a cursor that nobody gave out. The desk answers as to any address with nothing at it."""

    def __init__(self) -> None:
        super().__init__(_("There is nothing at this address, or you may not see it."), status=404)
