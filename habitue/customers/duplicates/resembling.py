"""Existing customers whom a new record resembles: asked while somebody types, and for each record of an import."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from habitue.customers.duplicates import comparing
from habitue.customers.duplicates.deduplicating import LISTED, remembered
from habitue.customers.duplicates.evidence import Reason, reasons
from habitue.customers.duplicates.profiles import Facts, Profile, profile
from habitue.customers.duplicates.reading import facts_of_some
from habitue.customers.models import ContactPoint, Customer
from habitue.kernel.names import name_key

EACH, MOST = 40, 120  # customers that one way of looking brings, and all together
SHOWN = 5


@dataclass(frozen=True)
class Resemblance:
    customer: Customer
    score: float
    reasons: list[Reason]


def resembling(facts: Facts, among: QuerySet[Customer], at_least: float = LISTED) -> list[Resemblance]:
    """The customers of `among` who may be the same as `facts`, the likeliest first, at most five.

    `at_least`: the smallest probability that is returned.
    """
    asked = profile(facts)
    others = facts_of_some(sorted(_candidates(facts, asked, among)))
    others.pop(facts.id, None)
    if not others:
        return []
    compared = comparing.compare([asked], [profile(one) for one in others.values()])
    scores = comparing.scored(remembered(), compared)
    rows = zip(compared.second.tolist(), scores.tolist(), compared.gammas.tolist(), strict=True)
    best = sorted((row for row in rows if row[1] >= at_least), key=lambda row: -row[1])[:SHOWN]
    customers = among.in_bulk([pk for pk, _score, _gammas in best])
    return [
        Resemblance(customers[pk], score, reasons(facts, others[pk], gammas))
        for pk, score, gammas in best
        if pk in customers
    ]


def _candidates(facts: Facts, asked: Profile, among: QuerySet[Customer]) -> set[int]:
    """Ids of the customers in `among` worth comparing.

    All customers are searched and `among` filters afterwards: with both in one query, SQLite chooses a useless index.
    """
    kind = Customer.Kind.ORGANISATION if asked.organisation else Customer.Kind.PERSON
    pks: set[int] = set()
    for condition in _ways(facts, asked):
        pks.update(Customer.objects.filter(condition, kind=kind).values_list("pk", flat=True)[:EACH])
        if len(pks) >= MOST:
            break
    return set(among.filter(pk__in=pks).values_list("pk", flat=True))


def _ways(facts: Facts, asked: Profile) -> Iterator[Q]:
    """Conditions to look for candidates by, the most telling first; each can use an index."""
    for kind, values in (("phone", asked.phones), ("email", asked.emails), ("address", asked.addresses)):
        if values:
            holders = ContactPoint.objects.filter(kind=kind, value__in=values).values("customer")
            yield Q(pk__in=holders)
    words = [
        word for text in (facts.given_name, facts.family_name, facts.birth_name) for word in name_key(text).split()
    ]
    words = words or name_key(facts.name).split()
    longest = sorted({word for word in words if len(word) > 1}, key=len, reverse=True)[:3]
    if facts.born_on:
        yield Q(born_on=facts.born_on) & _any(word[:2] for word in longest)
    for word in longest:
        others = [other[:3] for other in longest if other != word]
        yield beginning(word) & _any(others)
    for word in longest:
        others = [other[:3] for other in longest if other != word]
        if others:
            yield beginning(word[:3]) & _any(others)


def _any(parts: Any) -> Q:
    condition = Q()
    for part in parts:
        condition |= Q(name_key__contains=part)
    return condition


def beginning(prefix: str) -> Q:
    """The condition that `name_key` begins with `prefix`, in the form for which the database uses an index."""
    if connection.vendor == "sqlite":
        return Q(name_key__gte=prefix, name_key__lt=prefix + "\U0010ffff")
    return Q(name_key__startswith=prefix)
