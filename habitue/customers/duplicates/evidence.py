"""What two records have in common and where they differ, as codes and facts; `wording` makes words of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from habitue.customers.duplicates.levels import COMPARISONS
from habitue.customers.duplicates.profiles import Facts

SHOWN_FIRST = ("phone", "email", "born", "given", "family", "street", "town")
Reason = dict[str, Any]


def reasons(one: Facts, two: Facts, gammas: Sequence[int]) -> list[Reason]:
    """Reasons for and against two records being the same, those for it first.

    Each is {"of": "given", "is": "close", "facts": ["Jon", "Jonathan"]}. `gammas`: the level of each comparison.
    """
    rows = []
    for comparison, level in zip(COMPARISONS, gammas, strict=True):
        if level:
            code = comparison.levels[level - 1].code
            of = "name" if comparison.name == "family" and one.organisation else comparison.name
            rows.append({"of": of, "is": code, "facts": _facts(comparison.name, code, one, two)})
    return sorted(rows, key=lambda reason: (reason["is"] == "other", _rank(reason["of"])))


def _rank(of: str) -> int:
    return SHOWN_FIRST.index("family" if of == "name" else of)


def _facts(of: str, code: str, one: Facts, two: Facts) -> list[str]:
    if of in ("phone", "email"):
        mine, theirs = (one.phones, two.phones) if of == "phone" else (one.emails, two.emails)
        return sorted(set(mine) & set(theirs))[:1] if code == "same" else []
    sides = [_shown(of, code, side) for side in (one, two)]
    return sides[:1] if code == "same" else sides


def _shown(of: str, code: str, side: Facts) -> str:
    if of == "born":
        return side.born_on.isoformat() if side.born_on else ""
    if of in ("given", "family") and code in ("swapped", "crossed"):
        return f"{side.given_name} {side.family_name}".strip() or side.name
    if of == "given":
        return side.given_name or side.name
    if of == "family":
        birth = f" ({side.birth_name})" if code == "birth_name" and side.birth_name else ""
        return (side.family_name or side.name) + birth
    _value, street, postcode, city = side.addresses[0] if side.addresses else ("", "", "", "")
    return street if of == "street" else f"{postcode} {city}".strip()
