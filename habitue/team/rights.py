"""The table of rights of team members, in terms of the business, asked for by name.

    may(user, CHANGE_CUSTOMERS)          in code
    {% if perms.team.change_customers %} in a template

Each right is a Django permission of its own (`team.<right>`), never that of a model. Which rows somebody may see is
decided where each query starts (`Customer.objects.visible_to`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from habitue.team.models import User

READERS, DESK, MANAGERS = "readers", "desk", "managers"
ROLES = (READERS, DESK, MANAGERS)

SEE_CUSTOMERS = "see_customers"
EXPORT = "export"
CHANGE_CUSTOMERS = "change_customers"
IMPORT = "import_files"
UNDO_OTHERS = "undo_others"
MANAGE_SETTINGS = "manage_settings"
MANAGE_TEAM = "manage_team"


@dataclass(frozen=True)
class Right:
    """A right, its label, and the `roles` that have it."""

    name: str
    words: Any
    roles: tuple[str, ...]

    @property
    def permission(self) -> str:
        """The name of its Django permission, "team.<right>"."""
        return f"team.{self.name}"


RIGHTS: dict[str, Right] = {
    right.name: right
    for right in (
        Right(SEE_CUSTOMERS, _("look at customers"), ROLES),
        Right(EXPORT, _("export customers as a file"), ROLES),
        Right(CHANGE_CUSTOMERS, _("change customers"), (DESK, MANAGERS)),
        Right(IMPORT, _("import files"), (DESK, MANAGERS)),
        Right(UNDO_OTHERS, _("undo what colleagues did"), (DESK, MANAGERS)),
        Right(MANAGE_SETTINGS, _("change the settings that everybody works with"), (MANAGERS,)),
        Right(MANAGE_TEAM, _("manage the accounts of the team"), (MANAGERS,)),
    )
}


def may(user: User | AnonymousUser, right: str) -> bool:
    """Whether `user` has the right with this name; KeyError for a name that is not in the table."""
    return user.has_perm(RIGHTS[right].permission)


def rights_of(role: str) -> list[str]:
    return [right.name for right in RIGHTS.values() if role in right.roles]
