"""The list in the order of anything, a page at a time, as quick far down as at its top.

A page is read along the index that its order follows, from where the last one ended, and of each row no more is asked
than whose it is: a database passes hundreds of thousands of rows of an index in the time in which it reads some
thousands of customers. Of few customers each is looked up, and of some thousands out of very many: an order by what
they have in common may have them all at its far end. Who lacks the value that is sorted by comes last in either
direction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from math import inf, prod
from typing import Any, Literal

from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery
from django.http import Http404

from habitue.customers.models import ContactPoint, Customer, CustomField, CustomValue
from habitue.portraits.models import Portrait

PAGE = 50
FEW = 1_000  # customers: to look up so many takes no longer than to come across a page of them
SOME = 20_000  # customers: so many are looked up where they are no more than one in RARE
RARE = 50
NEAR = 5_000  # rows of an index: so many are read to the program, and asked about, before a set is made of all
MOST = 5  # where more than one in so many is meant, no set of them is made: each row finds its own
SET = 200_000  # customers: of more, PostgreSQL with its usual memory (8 MB for a hash) would search a list for each row
Keys = dict[int, Any]  # the value that is sorted by, by customer
TYPES: dict[Any, Callable[[str], Any]] = {
    str: str,
    int: int,
    "decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}


@dataclass(frozen=True)
class Among:
    """Those whose id stands in the column `owner` of `rows`; `size` is how many they are; None where nobody has
    counted, and they may be very many."""

    rows: QuerySet[Any]
    owner: str = "customer"
    size: int | None = None

    def q(self, owner: str = "pk", *, along: bool = False) -> Q:
        """Asked of rows whose `owner` is a customer: by the set of all who are meant, or with a look for each row."""
        if along:
            return Q(Exists(self.rows.order_by().filter(**{self.owner: OuterRef(owner)})))
        return Q(**{f"{owner}__in": self.rows.order_by().values(self.owner)})

    def of(self, pks: Sequence[int]) -> set[int]:
        return set(self.rows.order_by().filter(**{f"{self.owner}__in": pks}).values_list(self.owner, flat=True))

    def tested(self, owner: str, of: int) -> Q:
        """Asked of rows that are read in their order."""
        many = self.size is None or self.size > SET or self.size * MOST > of > 0
        return self.q(owner, along=True) if many else Q(Tested(self.q(owner)))


class Tested(Func):
    """A condition that no database takes for more than a test of each row that comes along: not for a set to look up
    and then to sort, nor for one to join and look into anew for each row."""

    template, arity, output_field = "(%(expressions)s) IS TRUE", 1, BooleanField()


@dataclass(frozen=True)
class Sought:
    """The customers of a list: those of `visible` who are in each of `among`, of `of` in all (0: nobody counted)."""

    visible: QuerySet[Customer]
    among: Sequence[Among] = ()
    of: int = 0

    @property
    def few(self) -> Among | None:
        """Those of whom each is looked up."""
        most = max(FEW, min(SOME, self.of // RARE))
        few = [one for one in self.among if one.size is not None and one.size <= most]
        return min(few, key=lambda one: one.size or 0, default=None)

    @property
    def apart(self) -> float:
        """How many rows stand from one who is meant to the next, where order and being meant have nothing in common;
        without end where nobody has counted."""
        return prod(self.of / one.size if one.size and self.of else inf for one in self.among)

    def along(self, rows: QuerySet[Any], owner: str, but: Among | None = None) -> QuerySet[Any]:
        """Those of `rows`, to be read in their order, whose `owner` is meant (`but`: whom `rows` are of already). Those
        for whom another stands are few: a set of them is asked, where their own rows would have to be read, and last,
        as hardly anybody is in it."""
        for one in self.among:
            if one is not but:
                rows = rows.filter(one.tested(owner, self.of))
        return rows.exclude(**{f"{owner}__in": Customer.objects.merged().values("pk")})


@dataclass(frozen=True)
class Place:
    """Where a page begins: after the customer `pk` with the value `key`, after one who lacks it, or at the top."""

    falling: bool = False
    key: Any = None
    pk: int | None = None

    @property
    def after_all(self) -> bool:
        """Those with a value are all behind."""
        return self.pk is not None and self.key is None


@dataclass(frozen=True)
class Sort:
    """`column` is the value in `rows`, which holds those who have one, `owner` the id of the customer there: with it
    the index breaks ties. `against`: that index runs against the value in its second column, so that either direction
    reads it. Of `several` rows of a customer the first counts; `always`: everybody has a value.
    """

    rows: Callable[[], QuerySet[Any]]
    column: str
    type: Any = str
    owner: str = "customer"
    against: bool = False
    several: bool = False
    always: bool = False

    def along(self, found: Sought, place: Place) -> Iterator[QuerySet[Any]]:
        """Whose turn it is beyond `place`, as rows with `sort_key` and `sort_owner`: first those of the same value, so
        that a database enters its index at the very row."""
        rows = found.along(self.rows(), self.owner)
        if self.several:
            rows = rows.filter(~Exists(self.rows().filter(customer=OuterRef("customer"), pk__lt=OuterRef("pk"))))
        rows = rows.annotate(sort_key=F(self.column), sort_owner=F(self.owner))
        tie = self._tie(self.owner, place)
        if place.pk is not None:
            yield rows.filter(self._tied(self.owner, place), **{self.column: place.key}).order_by(tie)
            rows = rows.filter(**{f"{self.column}__{'lt' if place.falling else 'gt'}": place.key})
        yield rows.order_by(f"{'-' if place.falling else ''}{self.column}", tie)

    def each(self, found: Sought, few: Among, place: Place) -> QuerySet[Any]:
        """The same, each of `few` looked up; those who lack the value follow."""
        own = self.rows().filter(**{self.owner: OuterRef(few.owner)}).order_by("pk").values(self.column)
        keyed = found.along(few.rows, few.owner, but=few)
        keyed = keyed.annotate(sort_key=Subquery(own[:1]), sort_owner=F(few.owner))
        if place.after_all:
            keyed = keyed.filter(self._tied(few.owner, place), sort_key=None)
        elif place.key is not None:
            ahead = Q(**{f"sort_key__{'lt' if place.falling else 'gt'}": place.key})
            keyed = keyed.filter(ahead | Q(sort_key=None) | Q(sort_key=place.key) & self._tied(few.owner, place))
        key = F("sort_key")
        order = key.desc(nulls_last=True) if place.falling else key.asc(nulls_last=True)
        ordered: QuerySet[Any] = keyed.order_by(order, self._tie(few.owner, place))
        return ordered

    def without(self, found: Sought, place: Place) -> QuerySet[Customer]:
        """Those beyond `place` who lack the value."""
        if self.always:
            return Customer.objects.none()
        lacking = found.along(Customer.objects.all(), "pk")
        lacking = lacking.filter(~Exists(self.rows().filter(**{self.owner: OuterRef("pk")})))
        if place.after_all:
            lacking = lacking.filter(self._tied("pk", place))
        return lacking.order_by(self._tie("pk", place))

    def _tie(self, owner: str, place: Place) -> str:
        return owner if place.falling == self.against else f"-{owner}"

    def _tied(self, owner: str, place: Place) -> Q:
        return Q(**{f"{owner}__{'gt' if place.falling == self.against else 'lt'}": place.pk})


def customer(column: str, type_: Any = str) -> Sort:
    return Sort(Customer.objects.all, column, type_, "pk", always=True)


def portrait(column: str, type_: Any, *, against: bool = False) -> Sort:
    return Sort(lambda: Portrait.objects.filter(**{f"{column}__isnull": False}), column, type_, against=against)


def point(kind: Literal["address", "email", "phone"], column: str) -> Sort:
    """By the first contact point of a kind that was not ended: who has several stands in the list once."""

    def rows() -> QuerySet[ContactPoint]:
        return ContactPoint.objects.filter(kind=kind, until=None).exclude(**{column: ""})

    return Sort(rows, column, several=True)


def custom(field: CustomField) -> Sort | None:
    if field.type == CustomField.Type.CUSTOMER:
        return None
    columns: dict[str, tuple[str, Any]] = {
        "number": ("number", "decimal"),
        "flag": ("number", "decimal"),
        "day": ("day", "date"),
    }
    column, type_ = columns.get(field.type, ("text", str))
    nothing = {column: ""} if column == "text" else {f"{column}__isnull": True}
    return Sort(lambda: CustomValue.objects.filter(field=field.pk).exclude(**nothing), column, type_)


def page(
    found: Sought, sort: Sort, falling: bool = False, after: str = "", size: int = PAGE
) -> tuple[list[Customer], str]:
    """The rows after the cursor, and the cursor of the page that follows ("" at the end)."""
    keys = _read(found, sort, read_cursor(after, sort, falling), size + 1)
    rows = _customers(found.visible, keys)
    following = cursor(rows[size - 1]) if len(rows) > size else ""
    return rows[:size], following


def _read(found: Sought, sort: Sort, place: Place, wanted: int) -> Keys:
    if few := found.few:
        return _keys(sort.each(found, few, place)[:wanted])
    keys = _near(found, sort, place, wanted)
    if len(keys) == wanted:
        return keys
    keys = {}
    for rows in () if place.after_all else sort.along(found, place):
        if len(keys) < wanted:
            keys |= _keys(rows[: wanted - len(keys)])
    if len(keys) < wanted:
        lacking = sort.without(found, place)[: wanted - len(keys)]
        keys |= dict.fromkeys(lacking.values_list("pk", flat=True))
    return keys


def _near(found: Sought, sort: Sort, place: Place, wanted: int) -> Keys:
    """Who is meant among the next rows of the index: as a rule a whole page."""
    wide = int(min(2 * wanted * found.apart, NEAR + 1))
    if wide > NEAR or not found.among or place.after_all:
        return {}
    keys: Keys = {}
    for rows in sort.along(replace(found, among=()), place):
        if len(keys) < wide:
            keys |= _keys(rows[: wide - len(keys)])
    meant = set(keys)
    for one in found.among:
        meant &= one.of([*meant])
    return dict([pair for pair in keys.items() if pair[0] in meant][:wanted])


def _keys(rows: QuerySet[Any]) -> Keys:
    return dict(rows.values_list("sort_owner", "sort_key"))


def _customers(visible: QuerySet[Customer], keys: Keys) -> list[Customer]:
    found = visible.select_related("portrait").in_bulk(list(keys))
    for pk, one in found.items():
        one.sort_key = keys[pk]  # type: ignore[attr-defined]
    return [found[pk] for pk in keys if pk in found]


def cursor(row: Customer) -> str:
    key = getattr(row, "sort_key", None)
    text = key.isoformat() if isinstance(key, date) else "" if key is None else str(key)
    return f"{'-' if key is None else '='}{text}~{row.pk}"


def read_cursor(after: str, sort: Sort, falling: bool) -> Place:
    if not after:
        return Place(falling)
    key, _tilde, pk = after.replace("\0", "").rpartition("~")
    try:
        if key == "-" and not sort.always:
            return Place(falling, None, int(pk))
        if not key.startswith("="):
            raise ValueError(after)
        return Place(falling, TYPES[sort.type](key[1:]), int(pk))
    except (ValueError, ArithmeticError) as error:
        raise Http404 from error
