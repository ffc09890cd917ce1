"""The conditions of segments on purchases. Orders refunded in full do not count; amounts are net of refunds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from habitue.kernel import formats
from habitue.purchases import queries
from habitue.purchases.models import Order, OrderLine, Product
from habitue.segments import operators as ops
from habitue.segments.conditions import Condition, Input, Operator, Scope, Values, currency, declare

READS = frozenset(["purchases.order", "purchases.orderline", "purchases.product"])
SUGGESTED = 12
NAMED = 1_000  # products
DAYS = Input(
    "days", "count", gettext_lazy("days"), before=gettext_lazy("in the last"), after=gettext_lazy("days"), optional=True
)
TIMES = Input("times", "count", gettext_lazy("times"), before=gettext_lazy("at least"), after=gettext_lazy("times"))
AMOUNT = Input("amount", "money", gettext_lazy("amount"), before=gettext_lazy("for at least"))


@dataclass(frozen=True)
class What:
    """The rows that a condition counts: orders, or order lines. `order` is the lookup path from a row to its order."""

    rows: Callable[[Values], QuerySet[Any]]
    words: Callable[[Values], str]
    order: str = ""

    def times(self, values: Values, scope: Scope, least: int) -> Q:
        rows = self._of_somebody(values).filter(queries.kept(scope.today, self.order))
        if since := _since(values, scope):
            rows = rows.filter(**{f"{self.order}placed_on__gt": since})
        owner = f"{self.order}buyer_id"
        if least == 1:
            return scope.having(rows, owner)
        often = rows.order_by().values(owner).annotate(times=Count(f"{self.order}pk", distinct=True))
        return scope.having(often.filter(times__gte=least), owner)

    def _of_somebody(self, values: Values) -> QuerySet[Any]:
        """Without sales to nobody: who is denied to be among them would be so too, as NULL is never known to differ."""
        return self.rows(values).filter(**{f"{self.order}buyer__isnull": False})

    def amount(self, values: Values, scope: Scope) -> Q:
        owner = f"{self.order}buyer_id"
        rows = queries.received(self._of_somebody(values), scope.today, self.order, _since(values, scope))
        sums = rows.filter(**{f"{self.order}currency": currency()}).order_by().values(owner).annotate(sum=Sum("amount"))
        return scope.having(sums.filter(sum__gte=int(values["amount"])), owner)


def _since(values: Values, scope: Scope) -> dt.date | None:
    """The day after which orders count, `days` before the last day of the data; None without a limit."""
    return ops.days_before(scope.as_of, values["days"]) if values.get("days") else None


def declare_purchases() -> None:
    family = Input("item", "text", gettext_lazy("family"), suggests=families)
    product = Input("item", "text", gettext_lazy("product"), suggests=products)
    place = Input("item", "text", gettext_lazy("place"), suggests=places)
    for code, label, of, what in (
        ("bought_family", gettext_lazy("Bought of a family"), (family,), What(_of_family, _named, "order__")),
        ("bought_product", gettext_lazy("Bought a product"), (product,), What(_of_product, _named, "order__")),
        ("bought_at", gettext_lazy("Bought at a place"), (place,), What(_at_place, _there)),
        ("bought", gettext_lazy("Bought anything"), (), What(lambda values: Order.objects.all(), _anything)),
    ):
        declare(Condition(code, label, ops.PURCHASES, _bought(what, of), READS))


def families(text: str) -> list[str]:
    return _suggested(Product.objects.exclude(family=""), "family", text)


def products(text: str) -> list[str]:
    """Product names that contain the text; where there is none, references that do."""
    named = _suggested(Product.objects.exclude(name=""), "name", text)
    return named or _suggested(Product.objects.all(), "reference", text)


def places(text: str) -> list[str]:
    return _suggested(Order.objects.exclude(place=""), "place", text)


def _bought(what: What, of: tuple[Input, ...]) -> tuple[Operator, ...]:
    def never(values: Values, scope: Scope) -> Q:
        return ~what.times(values, scope, 1)

    def says_times(values: Values, affirmed: bool) -> str:
        text = (
            _("who bought %(what)s %(times)s%(within)s")
            if affirmed
            else _("who did not buy %(what)s %(times)s%(within)s")
        )
        return text % (_words(what, values) | {"times": _times(values["times"])})

    def says_amount(values: Values, affirmed: bool) -> str:
        text = (
            _("who bought %(what)s for at least %(amount)s%(within)s")
            if affirmed
            else _("who did not buy %(what)s for %(amount)s%(within)s")
        )
        return text % (_words(what, values) | {"amount": values["amount"].words})

    def says_never(values: Values, affirmed: bool) -> str:
        text = _("who did not buy %(what)s%(within)s") if affirmed else _("who bought %(what)s%(within)s")
        return text % _words(what, values)

    return (
        Operator(
            "times", gettext_lazy("so often"), lambda v, s: what.times(v, s, v["times"]), says_times, (*of, TIMES, DAYS)
        ),
        Operator("amount", gettext_lazy("for an amount"), what.amount, says_amount, (*of, AMOUNT, DAYS)),
        Operator("never", gettext_lazy("not once"), never, says_never, (*of, DAYS)),
    )


def _words(what: What, values: Values) -> dict[str, str]:
    return {"what": what.words(values), "within": _in_last(values.get("days"))}


def _times(times: int) -> str:
    if times == 2:
        return _("at least twice")
    return ngettext("at least once", "at least %(times)s times", times) % {"times": formats.number(times)}


def _in_last(days: int | None) -> str:
    """The words " in the last … days", with a leading space; empty without a limit."""
    if not days:
        return ""
    text = ngettext("in the last day", "in the last %(days)s days", days)
    return " " + text % {"days": formats.number(days)}


def _named(values: Values) -> str:
    return formats.family(values["item"])


def _there(values: Values) -> str:
    return _("at %(place)s") % {"place": values["item"]}


def _anything(values: Values) -> str:
    return pgettext("who bought", "something")


def _of_family(values: Values) -> QuerySet[OrderLine]:
    return _of(Product.objects.filter(ops.folded("family", "", values["item"])))


def _of_product(values: Values) -> QuerySet[OrderLine]:
    return _of(Product.objects.filter(ops.folded("name", "", values["item"]) | Q(reference=values["item"])))


def _of(products: QuerySet[Product]) -> QuerySet[OrderLine]:
    """Order lines of these products.

    Selected by a list of ids unless there are too many: PostgreSQL estimates the number of lines only from values it
    sees.
    """
    pks = list(products.values_list("pk", flat=True)[: NAMED + 1])
    return OrderLine.objects.filter(product__in=pks if len(pks) <= NAMED else products)


def _at_place(values: Values) -> QuerySet[Order]:
    return Order.objects.filter(place=values["item"])


def _suggested(rows: QuerySet[Any], column: str, text: str) -> list[str]:
    values = rows.filter(**{f"{column}__icontains": text}).order_by(column).values_list(column, flat=True)
    return list(values.distinct()[:SUGGESTED])
