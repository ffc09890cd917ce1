from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from habitue.environment import between
from habitue.formats import day as date
from habitue.formats import number, percent
from habitue.management.command import Command as Base
from habitue.management.command import a_day, add_json, require_database
from habitue.portraits.models import Stage
from habitue.portraits.refreshing import backtest


class Command(Base):
    help = _("Take the stages as of a past day, computed from what was known then, and count who bought afterwards.")
    examples = "  habitue backtest\n  habitue backtest --as-of 2017-10-01 --days 91 --json"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--as-of",
            type=a_day,
            metavar="YYYY-MM-DD",
            help=_("the past day (default: so that the days after it end with the facts)"),
        )
        parser.add_argument(
            "--days", type=between(1, 3650), default=91, help=_("how many days after it count (default: %(default)s)")
        )
        add_json(parser)

    def handle(self, *args: Any, as_of: dt.date | None, days: int, json: bool, **options: Any) -> None:
        require_database()
        record = backtest(as_of, days)
        if json:
            self.print_json(record)
            return
        self.print_stages(record)
        self.print_p_alive(record)
        self.print_purchases(record)

    def print_stages(self, record: dict[str, Any]) -> None:
        self.stdout.write(
            _("Stages as of %(day)s, and who bought in the %(days)s days after:")
            % {"day": date(dt.date.fromisoformat(record["as_of"])), "days": number(record["days"])}
        )
        rows = [[_("stage"), _("customers"), _("bought"), _("share")]]
        rows += [[str(Stage(code).label), *counts(found)] for code, found in record["stages"].items()]
        self.print_table(rows)

    def print_p_alive(self, record: dict[str, Any]) -> None:
        rows = [[_("P(alive) was"), _("customers"), _("bought"), _("share")]]
        rows += [[f"{percent(band['from'])} – {percent(band['to'])}", *counts(band)] for band in record["p_alive"]]
        self.stdout.write("")
        self.print_table(rows)

    def print_purchases(self, record: dict[str, Any]) -> None:
        held = record["purchases"]
        if not held["customers"]:
            return
        told = {
            "expected": number(held["expected"]),
            "actual": number(held["actual"]),
            "share": percent(held["within"] / held["customers"], digits=1),
        }
        self.stdout.write("")
        self.stdout.write(
            _("Purchases: %(expected)s expected, %(actual)s made; the interval held for %(share)s of the customers.")
            % told
        )


def counts(found: dict[str, int]) -> list[str]:
    share = percent(found["bought"] / found["customers"], digits=1)
    return [number(found["customers"]), number(found["bought"]), share]
