from __future__ import annotations

from django.contrib.auth.models import AbstractUser, Group, Permission

from habitue.team.rights import DESK, RIGHTS, ROLES, rights_of


class User(AbstractUser):
    """A member of the team. Their rights follow from their role, a group with rights of `rights.RIGHTS`."""

    class Meta(AbstractUser.Meta):
        permissions = [(right.name, str(right.name)) for right in RIGHTS.values()]

    def let_into_the_desk(self, role: str = DESK) -> None:
        """Give a role (of `rights.ROLES`), replacing the former one."""
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set(Permission.objects.filter(content_type__app_label="team", codename__in=rights_of(role)))
        self.groups.remove(*Group.objects.filter(name__in=ROLES).exclude(pk=group.pk))
        self.groups.add(group)
