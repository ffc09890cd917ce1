"""Facts that a file may write in any way: read where they can be, else kept as they were typed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from habitue.customers import births
from habitue.customers.models import UnreadValue
from habitue.customers.placeholders import is_nothing
from habitue.imports.writing import upserting
from habitue.imports.writing.walking import Outcome, Run
from habitue.kernel.database.batches import batches

Group = dict[str, Any]
Unread = dict[str, str]  # by fact, as typed
BIRTHS = ("born_on", "birthday")
LONGEST = 500


def read_births(run: Run, groups: Iterable[Group], outcome: Outcome) -> dict[int, Unread]:
    """Put days in the place of their texts; what could not be read, by rank of the group."""
    mapping = run.staged.mapping
    unread: dict[int, Unread] = {}
    for group in groups:
        read = births.Birth()
        for name in BIRTHS:
            if not group[name]:
                continue
            birth = births.read(group[name], mapping.date_format or "iso", mapping.birth_century)
            if isinstance(birth, births.Birth):
                read = births.Birth(read.on or birth.on, read.birthday or birth.birthday)
            else:
                unread.setdefault(group["rank"], {})["born_on"] = group[name]
                outcome.repairs["births_of_two_centuries"] += isinstance(birth, births.Ambiguous)
        group["born_on"], group["birthday"] = read.on, "" if read.on else read.birthday
    return unread


def without_placeholders(value: Any) -> Any:
    """A value, nothing where it is a text that says nothing. People are called Null, Nan and Na."""
    if not isinstance(value, str) or value in ("Null", "Nan", "Na", "Nil"):
        return value
    return None if is_nothing(value) else value


def stored(pks: Iterable[int]) -> dict[tuple[int, str], tuple[int, str]]:
    """Id and text of what is kept already, by customer and fact."""
    return {
        (customer, fact): (pk, typed)
        for batch in batches(pks)
        for pk, customer, fact, typed in UnreadValue.objects.filter(customer__any_of=batch).values_list(
            "pk", "customer_id", "fact", "typed"
        )
    }


def changes(
    plan: list[tuple[str | int, str, str]],
    owner: str | int,
    unread: Unread,
    known: dict[tuple[int, str], tuple[int, str]],
) -> dict[str, tuple[Any, Any]]:
    """What is not kept yet, put down in `plan`."""
    changed = {}
    for fact, text in unread.items():
        was = known.get((owner, fact), (0, ""))[1] if isinstance(owner, int) else ""
        if was != text[:LONGEST]:
            plan.append((owner, fact, text[:LONGEST]))
            changed[fact] = (was, text)
    return changed


def write(run: Run, values: list[tuple[int, str, str]], known: dict[tuple[int, str], tuple[int, str]]) -> None:
    new, changed = [], []
    for owner, fact, text in values:
        if (owner, fact) in known:
            pk, was = known[owner, fact]
            changed.append((pk, {"typed": was}, {"typed": text}))
        else:
            new.append((owner, fact, text, run.written.event.pk))
    if new:
        upserting.make(run, UnreadValue, ["customer", "fact", "typed", "source"], new)
    if changed:
        upserting.save(run, UnreadValue, changed)
