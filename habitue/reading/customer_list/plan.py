"""The query plan of the list: whether a page is read along the index of its sort, or from a small filter.

Along the index only the customer's id of each row is read, from where the last page ended: databases pass hundreds of
thousands of index rows in the time of some thousand rows of customers. A small filter is looked up customer by
customer, as is one of some thousands out of very many: its customers may all be at the far end of the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, prod
from typing import Any

from django.db.models import BooleanField, Exists, Func, OuterRef, Q, QuerySet

from habitue.customers.models import Customer

FEW = 1_000  # customers: to look up so many takes no longer than to come across a page of them
SOME = 20_000  # customers: so many are looked up where they are no more than one in RARE
RARE = 50
PREFETCHED = 5_000  # index rows: so many are read into memory and filtered there, before the database makes a set
FREQUENT = 5  # a filter that passes more than one customer in so many is probed row by row, not made into a set
LARGEST_SET = 200_000  # ids: of more, PostgreSQL with its usual memory (8 MB for a hash) scans a list for each row


@dataclass(frozen=True)
class IdFilter:
    """A filter by ids: customers whose id is in the column `owner` of `rows`.

    `size`: how many; None where nobody has counted and there may be very many.
    """

    rows: QuerySet[Any]
    owner: str = "customer"
    size: int | None = None

    def condition(self, owner: str = "pk", *, probed: bool = False) -> Q:
        """The condition that a row's `owner` passes: IN a set of all ids or, with `probed`, EXISTS for each row."""
        if probed:
            return Q(Exists(self.rows.order_by().filter(**{self.owner: OuterRef(owner)})))
        return Q(**{f"{owner}__in": self.rows.order_by().values(self.owner)})

    def passing(self, pks: Sequence[int]) -> set[int]:
        """The ids among `pks` that pass the filter."""
        return set(self.rows.order_by().filter(**{f"{self.owner}__in": pks}).values_list(self.owner, flat=True))

    def condition_in_order(self, owner: str, total: int) -> Q:
        """The condition for rows read in the order of an index, chosen by selectivity. `total`: number of customers."""
        many = self.size is None or self.size > LARGEST_SET or self.size * FREQUENT > total > 0
        return self.condition(owner, probed=True) if many else Q(ResidualPredicate(self.condition(owner)))


class ResidualPredicate(Func):
    """A condition in a form that databases test on each row, and do not use to choose how rows are reached.

    So the database neither starts from the set and sorts afterwards, nor joins it.
    """

    template, arity, output_field = "(%(expressions)s) IS TRUE", 1, BooleanField()


@dataclass(frozen=True)
class ListQuery:
    """The customers of a list: those of `visible` who pass all `filters`; `total`: all customers, 0 if not counted."""

    visible: QuerySet[Customer]
    filters: Sequence[IdFilter] = ()
    total: int = 0

    @property
    def small_filter(self) -> IdFilter | None:
        """The smallest filter whose customers are few enough to look each of them up."""
        limit = max(FEW, min(SOME, self.total // RARE))
        small = [one for one in self.filters if one.size is not None and one.size <= limit]
        return min(small, key=lambda one: one.size or 0, default=None)

    @property
    def rows_per_match(self) -> float:
        """Expected index rows per match = 1 / selectivity, assuming independence; infinite when unknown."""
        return prod(self.total / one.size if one.size and self.total else inf for one in self.filters)

    def prefetch_window(self, wanted: int) -> int:
        """Index rows among which `wanted` matches are expected, twice over; 0 where that is too many to read."""
        window = int(min(2 * wanted * self.rows_per_match, PREFETCHED + 1))
        return window if window <= PREFETCHED and self.filters else 0

    def matching(self, rows: QuerySet[Any], owner: str, but: IdFilter | None = None) -> QuerySet[Any]:
        """Those of `rows`, read in order, whose `owner` passes the filters (except `but`, which is applied already).

        Merged customers are excluded last, by a set, as there are few.
        """
        for one in self.filters:
            if one is not but:
                rows = rows.filter(one.condition_in_order(owner, self.total))
        return rows.exclude(**{f"{owner}__in": Customer.objects.merged_away().values("pk")})
