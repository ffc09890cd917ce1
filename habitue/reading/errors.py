from __future__ import annotations

from django.utils.translation import gettext as _

from habitue.kernel.errors import HabitueError


class InvalidQuery(HabitueError):  # noqa: N818 - named after what it says
    """An invalid filter, sort or cursor. The desk answers as to an unknown address (404)."""

    def __init__(self) -> None:
        super().__init__(_("There is nothing at this address, or you may not see it."), status=404)
