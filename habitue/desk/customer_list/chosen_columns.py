"""The columns of the list that each user has chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from habitue.customers import list_columns
from habitue.customers.list_columns import Column
from habitue.desk.models import ListChoice
from habitue.team.models import User

DEFAULT = ("stage", "last", "rhythm", "value", "expected")
MOST = 12


def chosen(user: User, available: Mapping[str, Column]) -> list[Column]:
    """The columns that the user sees, in their order; columns that no longer exist are left out."""
    choice = ListChoice.objects.filter(user=user.pk).first()
    return [available[code] for code in (choice.columns if choice else DEFAULT) if code in available]


def choose(user: User, codes: Iterable[str]) -> None:
    """Save the columns that the user sees; an empty choice restores the default."""
    available = list_columns.by_code()
    columns = [code for code in dict.fromkeys(codes) if code in available][:MOST]
    if columns:
        ListChoice.objects.update_or_create(user=user, defaults={"columns": columns})
    else:
        ListChoice.objects.filter(user=user).delete()
