"""What the address of the list asks for, and how many answer to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import Http404, QueryDict

from habitue.customers.models import Customer, Membership, Segment
from habitue.desk import search
from habitue.portraits.models import Portrait, Refresh, Stage
from habitue.team.models import User

EARLIEST_YEAR, LATEST_YEAR = 1900, 2100  # as imports take them
FEW = 20_000  # members: of a segment so small each is looked up and sorted, of a larger one many stand in each page
AT_ONCE = 5_000  # members: of so many the stages are counted while the page waits, of more after it
NAMES = ("segment", "stage", "cohort", "entered", "left", "month", "q")


@dataclass(frozen=True)
class Filters:
    """A segment, a stage, a month of first purchase, a passage between stages in a month, a text."""

    stage: str = ""
    cohort: date | None = None
    entered: str = ""
    left: str = ""
    month: date | None = None
    text: str = ""
    segment: Segment | None = None
    given: str = ""

    @classmethod
    def read(cls, given: QueryDict, user: User) -> Filters:
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

    def apply(
        self, customers: QuerySet[Customer], *, but_stage: bool = False, refresh: Refresh | None = None
    ) -> QuerySet[Customer]:
        if self.text:
            numbered = search.orders_numbered(customers, self.text)
            customers = search.matching(customers, self.text, counting=but_stage) | customers.filter(
                pk__in=[order.buyer_id for order in numbered]
            )
        if self.cohort:
            customers = customers.filter(
                portrait__first_day__gte=self.cohort, portrait__first_day__lt=following_month(self.cohort)
            )
        if self.month and (self.entered or self.left):
            customers = customers.filter(self._passage(self.month))
        if self.segment:
            customers = customers.filter(in_segment(self.segment))
        if self.stage and not but_stage:
            customers = customers.filter(self._in_stage(refresh))
        return customers

    def _in_stage(self, refresh: Refresh | None) -> Q:
        """By the column that has an index where few are in the stage: of many one walks along the order, as
        `in_segment` does."""
        counted = refresh.base.get("stages", {}).get(self.stage, {}).get("customers", 0) if refresh else 0
        if counted > FEW:
            return Q(portrait__stage=self.stage)
        return Q(portrait__stage_rank=Stage.values.index(self.stage))

    def _passage(self, month: date) -> Q:
        passage = Q(stage_changes__on__gte=month, stage_changes__on__lt=following_month(month))
        if self.entered:
            passage &= Q(stage_changes__now=self.entered)
        if self.left:
            passage &= Q(stage_changes__was=self.left)
        return passage

    @property
    def any(self) -> bool:
        return bool(self.stage or self.segment or self.narrow)

    @property
    def few(self) -> bool:
        return bool(self.text) or (self.segment is not None and is_small(self.segment))

    @property
    def narrow(self) -> bool:
        """Whether something else than a stage or a segment is asked for."""
        return bool(self.cohort or self.entered or self.left or self.text)


def is_small(segment: Segment) -> bool:
    return segment.size is not None and segment.size <= FEW


def in_segment(segment: Segment) -> Q:
    """As last counted. Databases cannot know which is quicker: to look each member up, or to walk along the order that
    is asked for until a page is full."""
    current = Membership.objects.filter(segment=segment, until=None)
    if is_small(segment):
        return Q(pk__in=current.values("customer"))
    return Q(Exists(current.filter(customer=OuterRef("pk"))))


def counts(filters: Filters, visible: QuerySet[Customer], refresh: Refresh | None) -> dict[str, Any]:
    """How many in each stage, within the other filters, and how many in all."""
    if not filters.segment and not filters.narrow and refresh and refresh.base.get("stages"):
        total, by_stage = visible.count(), _as_of(refresh)
    else:
        found = filters.apply(visible, but_stage=True)
        ranks = found.order_by().values_list("portrait__stage_rank")
        counted = ranks.annotate(count=Count("pk", distinct=bool(filters.month)))
        ranked = dict(counted)
        total = sum(ranked.values())
        by_stage = {code: ranked.get(rank, 0) for rank, code in enumerate(Stage.values)}
    stages = [(code, by_stage.get(code, 0)) for code in Stage.values if by_stage.get(code) or filters.stage == code]
    return {"stages": stages, "all": total, "total": by_stage.get(filters.stage, 0) if filters.stage else total}


def counted_later(filters: Filters) -> dict[str, Any]:
    """Of a large segment: what is known already, all stages, and that their counts come after the page."""
    size = filters.segment.size if filters.segment else None
    known = None if filters.stage or filters.narrow else size
    return {"stages": [(code, None) for code in Stage.values], "all": size, "total": known, "later": True}


def takes_long(filters: Filters) -> bool:
    return bool(filters.segment) and (filters.segment.size or 0) > AT_ONCE  # type: ignore[union-attr]


def _as_of(refresh: Refresh) -> dict[str, int]:
    """As the refresh counted them, without those who were merged since: they are few and have an index."""
    counted = {code: row["customers"] for code, row in refresh.base["stages"].items()}
    gone = Portrait.objects.filter(customer__merged_into__isnull=False).order_by().values_list("stage")
    for code, count in gone.annotate(count=Count("pk")):
        counted[code] = counted.get(code, 0) - count
    return counted


def cleaned(text: str) -> str:
    return text.replace("\0", "").strip()[:100]


def read_segment(text: str, user: User) -> Segment | None:
    if not text:
        return None
    found = Segment.objects.visible_to(user).filter(pk=int(text)).first() if text.isdecimal() else None
    if found is None:
        raise Http404
    return found


def known_stage(code: str) -> str:
    if code and code not in Stage.values:
        raise Http404
    return code


def read_month(text: str) -> date | None:
    if not text:
        return None
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Http404 from error
    if not EARLIEST_YEAR <= month.year <= LATEST_YEAR:
        raise Http404
    return month


def following_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)
