from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.db.models import Count, Max, Min, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from habitue.customers.models import Customer
from habitue.imports.models import Import
from habitue.kernel.formats import day as date
from habitue.kernel.formats import moment, money, number
from habitue.management.command import Command as Base
from habitue.management.command import add_json, require_database
from habitue.portraits.freshness import freshness
from habitue.portraits.models import Portrait, Refresh, Stage
from habitue.purchases.models import Contract, Order, OrderLine, Product, Promotion


class Command(Base):
    help = _("Say what is in this installation: customers, orders, amounts, portraits.")

    def add_arguments(self, parser: CommandParser) -> None:
        add_json(parser)

    def handle(self, *args: Any, json: bool, **options: Any) -> None:
        require_database()
        answer = status()
        if json:
            self.print_json(answer)
        else:
            self.print_table(table(answer))


def status() -> dict[str, Any]:
    span = Order.objects.sales().aggregate(first=Min("placed_on"), last=Max("placed_on"))
    revenue = Order.objects.exclude(buyer__in=Customer.objects.filter(internal=True))
    amounts = revenue.values("currency").annotate(amount=Sum("amount"), paid=Sum("paid")).order_by("currency")
    outdated = freshness()
    latest = Refresh.objects.filter(finished_at__isnull=False).order_by("id").last()
    stages = dict(Portrait.objects.values_list("stage").annotate(count=Count("*")).order_by())
    return {
        "customers": Customer.objects.count(),
        "products": Product.objects.count(),
        "orders": Order.objects.count(),
        "lines": OrderLine.objects.count(),
        "first_day": span["first"],
        "last_day": span["last"],
        "orders_to_come": Order.objects.filter(placed_on__gt=timezone.localdate()).count(),
        "promotions": Promotion.objects.count(),
        "contracts": Contract.objects.count(),
        "amounts": {row["currency"]: {"amount_minor": row["amount"], "paid_minor": row["paid"]} for row in amounts},
        "imports": Import.objects.filter(finished_at__isnull=False).count(),
        "imports_unfinished": Import.objects.filter(finished_at=None).count(),
        "rejected_rows": Import.objects.aggregate(rows=Sum("rejected"))["rows"] or 0,
        "portraits_as_of": latest.as_of if latest else None,
        "portraits_outdated_since": outdated.since if outdated else None,
        "stages": {stage: stages.get(stage, 0) for stage in Stage.values},
    }


def table(answer: dict[str, Any]) -> list[list[str]]:
    rows = [
        [_("customers"), number(answer["customers"])],
        [_("products"), number(answer["products"])],
        [_("orders"), number(answer["orders"])],
        [_("order lines"), number(answer["lines"])],
    ]
    if answer["first_day"]:
        rows += [[_("first purchase"), date(answer["first_day"])], [_("last purchase"), date(answer["last_day"])]]
    if answer["orders_to_come"]:
        rows += [[_("dated in the future, not counted: check them"), number(answer["orders_to_come"])]]
    for name, label in (("promotions", _("promotions")), ("contracts", _("contracts"))):
        if answer[name]:
            rows += [[label, number(answer[name])]]
    rows += [[_("received"), money(sums["amount_minor"], code)] for code, sums in answer["amounts"].items()]
    rows += [[_("rejected rows"), number(answer["rejected_rows"])]]
    if answer["imports_unfinished"]:
        rows += [[_("imports to finish"), number(answer["imports_unfinished"])]]
    if answer["portraits_as_of"]:
        rows += [[_("portraits as of"), date(answer["portraits_as_of"])]]
        if answer["portraits_outdated_since"]:
            rows += [[_("not up to date since"), moment(answer["portraits_outdated_since"])]]
        rows += [["  " + str(Stage(code).label), number(count)] for code, count in answer["stages"].items()]
    else:
        rows += [[_("portraits"), _("none yet: run “habitue refresh”")]]
    return rows
