"""The filters of the list, read from its URL, and the number of customers that pass them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.db.models import Count, QuerySet

from habitue.customers.models import Customer
from habitue.portraits.latest import part_of_base
from habitue.portraits.models import Portrait, Refresh, Stage, StageChange
from habitue.reading import search
from habitue.reading.customer_list.plan import FEW, IdFilter, ListQuery
from habitue.reading.errors import InvalidQuery
from habitue.reading.months import following_month, read_month
from habitue.segments.models import Membership, Segment
from habitue.team.models import User

MANY = 200_000  # customers: from here on the count is cached
AT_ONCE = FEW  # members: of so many the stages are counted while the page waits, of more after it
NAMES = ("segment", "stage", "cohort", "entered", "left", "month", "q")


@dataclass(frozen=True)
class Filters:
    """The filters of the list: segment, stage, month of first purchase, transition in a month, text."""

    stage: str = ""
    cohort: date | None = None
    entered: str = ""
    left: str = ""
    month: date | None = None
    text: str = ""
    segment: Segment | None = None
    given: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str], user: User) -> Filters:
        """The filters in the parameters of a URL; InvalidQuery where one is invalid."""
        return cls(
            stage=known_stage(given.get("stage", "")),
            cohort=read_month(given.get("cohort", "")),
            entered=known_stage(given.get("entered", "")),
            left=known_stage(given.get("left", "")),
            month=read_month(given.get("month", "")),
            text=cleaned(given.get("q", "")),
            segment=read_segment(given.get("segment", ""), user),
            given=urlencode([(name, given[name]) for name in NAMES if given.get(name)]),
        )

    def list_query(self, visible: QuerySet[Customer], refresh: Refresh | None) -> ListQuery:
        """The query of the list with these filters and their known sizes."""
        counted = part_of_base(refresh, "stages").get(self.stage, {}).get("customers", 0) if refresh else None
        filters = [*self._narrowed(visible), *self._in_segment(), *self._in_stage(counted)]
        return ListQuery(visible, filters, refresh.customers if refresh else 0)

    def apply(
        self, customers: QuerySet[Customer], *, but_stage: bool = False, probed: bool = False
    ) -> QuerySet[Customer]:
        """The customers that pass the filters; `but_stage`: without that of the stage; `probed`: see
        `IdFilter.condition`.
        """
        filters = [*self._narrowed(customers), *self._in_segment()]
        for one in filters if but_stage else [*filters, *self._in_stage()]:
            customers = customers.filter(one.condition(probed=probed))
        return customers

    def _narrowed(self, visible: QuerySet[Customer]) -> Iterator[IdFilter]:
        """The filters of text, cohort and transition. Matches of a text are counted only up to the size of a small
        filter.
        """
        if self.text:
            numbered = [order.buyer_id for order in search.orders_numbered(visible, self.text) if order.buyer_id]
            customers = search.matching(visible, self.text, counting=True) | visible.filter(pk__in=numbered)
            counted = customers.order_by()[: FEW + 1].count()
            yield IdFilter(customers, "pk", counted if counted <= FEW else None)
        if self.cohort:
            until = following_month(self.cohort)
            yield IdFilter(Portrait.objects.filter(first_day__gte=self.cohort, first_day__lt=until))
        if self.month and (self.entered or self.left):
            changes = StageChange.objects.filter(on__gte=self.month, on__lt=following_month(self.month))
            asked = {"now": self.entered, "was": self.left}
            yield IdFilter(changes.filter(**{name: stage for name, stage in asked.items() if stage}))

    def _in_segment(self) -> Iterator[IdFilter]:
        """The filter of a segment, with its size as last counted."""
        if self.segment:
            yield IdFilter(Membership.objects.filter(segment=self.segment, until=None), size=self.segment.size)

    def _in_stage(self, size: int | None = None) -> Iterator[IdFilter]:
        """The filter of a stage, by rank, which has an index."""
        if self.stage:
            rank = Stage.values.index(self.stage)
            yield IdFilter(Portrait.objects.filter(stage_rank=rank), size=size)

    @property
    def any(self) -> bool:
        return bool(self.stage or self.segment or self.narrow)

    @property
    def narrow(self) -> bool:
        """Whether there is a filter by cohort, transition or text."""
        return bool(self.cohort or self.entered or self.left or self.text)


def counts(filters: Filters, visible: QuerySet[Customer], refresh: Refresh | None) -> dict[str, Any]:
    """Template context: how many customers pass the filters in each stage, and in all."""
    if not filters.segment and not filters.narrow and refresh and part_of_base(refresh, "stages"):
        total, by_stage = _everybody(), _as_of(refresh)
    else:
        customers = filters.apply(visible, but_stage=True)
        ranks = customers.order_by().values_list("portrait__stage_rank")
        ranked = dict(ranks.annotate(count=Count("pk")))
        total = sum(ranked.values())
        by_stage = {code: ranked.get(rank, 0) for rank, code in enumerate(Stage.values)}
    stages = [(code, by_stage.get(code, 0)) for code in Stage.values if by_stage.get(code) or filters.stage == code]
    return {"stages": stages, "all": total, "total": by_stage.get(filters.stage, 0) if filters.stage else total}


def counted_later(filters: Filters) -> dict[str, Any]:
    """As `counts` for a large segment, with what is known without counting: its stages are counted after the page."""
    size = filters.segment.size if filters.segment else None
    known = None if filters.stage or filters.narrow else size
    return {"stages": [(code, None) for code in Stage.values], "all": size, "total": known, "later": True}


def takes_long(filters: Filters) -> bool:
    """Whether the segment is so large that its stages are counted after the page."""
    return bool(filters.segment) and (filters.segment.size or 0) > AT_ONCE  # type: ignore[union-attr]


def _everybody() -> int:
    """The number of customers. A large one is cached for a minute, as PostgreSQL takes .1 s to count a million rows."""
    total = cache.get(__name__)
    if total is None:
        total = Customer.objects.count() - Customer.objects.merged_away().count()
        if total > MANY:
            cache.set(__name__, total, timeout=60)
    return int(total)


def _as_of(refresh: Refresh) -> dict[str, int]:
    """Customers by stage as counted by the refresh, less those merged since."""
    counted = {code: row["customers"] for code, row in part_of_base(refresh, "stages").items()}
    gone = Portrait.objects.filter(customer__merged_into__isnull=False).order_by().values_list("stage")
    for code, count in gone.annotate(count=Count("pk")):
        counted[code] = counted.get(code, 0) - count
    return counted


def cleaned(text: str) -> str:
    """A search text without NUL, which no database takes, and not too long."""
    return text.replace("\0", "").strip()[:100]


def read_segment(text: str, user: User) -> Segment | None:
    if not text:
        return None
    segment = Segment.objects.visible_to(user).filter(pk=int(text)).first() if text.isdecimal() else None
    if segment is None:
        raise InvalidQuery
    return segment


def known_stage(code: str) -> str:
    if code and code not in Stage.values:
        raise InvalidQuery
    return code
