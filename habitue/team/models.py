from __future__ import annotations

from django.contrib.auth.models import AbstractUser, Group, Permission

READERS, DESK, MANAGERS = "readers", "desk", "managers"
RIGHTS = {
    READERS: ["view_customer"],
    DESK: ["view_customer", "change_customer"],
    MANAGERS: ["view_customer", "change_customer", "change_customfield"],
}


class User(AbstractUser):
    """Somebody of the team. What they may do follows from Django's groups and permissions."""

    def let_into_the_desk(self, role: str = DESK) -> None:
        """Give the right to look at customers and, but for readers, to change them; managers change the settings too.

        In the place of what they were of these before.
        """
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.add(
            *Permission.objects.filter(content_type__app_label="customers", codename__in=RIGHTS[role])
        )
        self.groups.remove(*Group.objects.filter(name__in=RIGHTS).exclude(pk=group.pk))
        self.groups.add(group)
