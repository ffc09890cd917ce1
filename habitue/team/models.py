from __future__ import annotations

from django.contrib.auth.models import AbstractUser, Group, Permission

DESK = "desk"


class User(AbstractUser):
    """Somebody of the team. What they may do follows from Django's groups and permissions."""

    def let_into_the_desk(self) -> None:
        """Give the right to look at customers, through the group `desk`."""
        group, _ = Group.objects.get_or_create(name=DESK)
        group.permissions.add(
            Permission.objects.get(content_type__app_label="customers", codename="view_customer"),
        )
        self.groups.add(group)
