"""Read from the database the facts of customers that the duplicate search compares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from habitue.customers.duplicates.profiles import Facts
from habitue.customers.models import ContactPoint, Customer

AT_ONCE = 10_000
MOST = 8  # customers: a value that more share is a switchboard or a hall of residence, and identifies nobody
COLUMNS = ("id", "kind", "name", "given_name", "family_name", "birth_name", "born_on")


def facts_of(customers: QuerySet[Customer]) -> Iterator[list[Facts]]:
    """Facts of these customers in batches, ordered by id. Telephones and e-mails that many share are left out."""
    shared = _shared_by_many()
    last = 0
    while rows := list(customers.filter(pk__gt=last).order_by("pk").values_list(*COLUMNS)[:AT_ONCE]):
        last = rows[-1][0]
        yield _with_points(rows, shared)


def facts_of_some(pks: Sequence[int]) -> dict[int, Facts]:
    shared: set[tuple[str, str]] = set()
    facts: dict[int, Facts] = {}
    for start in range(0, len(pks), AT_ONCE):
        rows = list(Customer.objects.unmerged().filter(pk__in=pks[start : start + AT_ONCE]).values_list(*COLUMNS))
        facts |= {one.id: one for one in _with_points(rows, shared)}
    return facts


def _with_points(rows: Sequence[tuple[Any, ...]], shared: set[tuple[str, str]]) -> list[Facts]:
    points: dict[int, dict[str, list[Any]]] = {}
    contact_points = ContactPoint.objects.filter(
        customer__in=[row[0] for row in rows], kind__in=("phone", "email", "address")
    )
    latest_first = contact_points.order_by("until", "-since", "-pk").values_list(
        "customer", "kind", "value", "street", "postcode", "city"
    )
    for pk, kind, value, street, postcode, city in latest_first:
        if (kind, value) not in shared:
            what = (value, street, postcode, city) if kind == "address" else value
            points.setdefault(pk, {}).setdefault(kind, []).append(what)
    return [_facts(row, points.get(row[0], {})) for row in rows]


def _facts(row: tuple[Any, ...], points: dict[str, list[Any]]) -> Facts:
    pk, kind, name, given, family, birth, born = row
    return Facts(
        id=pk,
        organisation=kind == Customer.Kind.ORGANISATION,
        name=name,
        given_name=given,
        family_name=family,
        birth_name=birth,
        born_on=born,
        phones=points.get("phone", ()),
        emails=points.get("email", ()),
        addresses=points.get("address", ()),
    )


def _shared_by_many() -> set[tuple[str, str]]:
    from django.db.models import Count

    values = ContactPoint.objects.filter(kind__in=("phone", "email")).values_list("kind", "value")
    counted = values.annotate(holders=Count("customer", distinct=True)).filter(holders__gt=MOST).order_by()
    return {(kind, value) for kind, value, _holders in counted}
