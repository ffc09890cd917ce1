"""What is wrong in a mapping, as an error that names the nearest right word."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from habitue.kernel.errors import HabitueError


def table(data: dict[str, Any], name: str) -> dict[str, Any]:
    """The table `name` of a mapping, empty where there is none."""
    value = data.get(name, {})
    if not isinstance(value, dict):
        raise HabitueError(
            _("“%(name)s” in the mapping must be a table: a line [%(name)s], then its lines.") % {"name": name}
        )
    return value


def texts(data: dict[str, Any], name: str) -> tuple[str, ...]:
    """The list `name` of a mapping, empty where there is none."""
    value = data.get(name, [])
    if not isinstance(value, list | tuple):
        raise HabitueError(_('“%(name)s” in the mapping must be a list: %(name)s = ["one", "other"].') % {"name": name})
    return tuple(map(str, value))


def only_known(given: Iterable[str], known: Collection[str], of: str) -> None:
    """HabitueError for a key of the table `of` that is not `known`."""
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise HabitueError(
                _("The mapping has a key that is not known: “%(key)s”.") % {"key": f"{of}.{name}" if of else name}
                + (" " + _("Did you mean “%(near)s”?") % {"near": near[0]} if near else "")
                + " "
                + _("Known are: %(known)s.") % {"known": ", ".join(sorted(known))}
            )


def one_of(name: str, value: str, allowed: Sequence[str]) -> str:
    """`value`, if it is one of those that are allowed."""
    if value not in allowed:
        near = difflib.get_close_matches(value, allowed, n=1)
        refuse(name, value, [*near, *(text for text in allowed if text not in near)])
    return value


def refuse(name: str, value: object, allowed: Sequence[str | None]) -> None:
    raise HabitueError(
        _("“%(value)s” cannot stand for “%(name)s” in the mapping. Write for instance: %(allowed)s.")
        % {"value": value, "name": name, "allowed": ", ".join(f'"{text}"' for text in allowed)}
    )
