from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from habitue.environment import between
from habitue.kernel.formats import day as date
from habitue.kernel.formats import number, percent
from habitue.management.command import Command as Base
from habitue.management.command import a_day, add_json, require_database
from habitue.portraits.models import Stage
from habitue.portraits.records import BASELINES
from habitue.portraits.refreshing import backtest


class Command(Base):
    help = _("Hold the portraits of a past day, computed from what was known then, against what was bought afterwards.")
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
        self.print_tenths(record)
        self.print_chances(record)
        for what, title in (("purchases", _("Purchases")), ("value", _("Value"))):
            self.print_errors(record, what, title)

    def print_stages(self, record: dict[str, Any]) -> None:
        self.stdout.write(
            _("Stages as of %(day)s, and who bought in the %(days)s days after:")
            % {"day": date(dt.date.fromisoformat(record["as_of"])), "days": number(record["days"])}
        )
        rows = [[_("stage"), _("customers"), _("bought"), _("share")]]
        rows += [[str(Stage(code).label), *counts(row)] for code, row in record["stages"].items()]
        self.print_table(rows)

    def print_tenths(self, record: dict[str, Any]) -> None:
        rows = [[_("chance of buying"), _("customers"), _("said"), _("bought")]]
        rows += [
            [
                _("tenth %(number)s") % {"number": at},
                number(row["customers"]),
                percent(row["said"], digits=1),
                share(row),
            ]
            for at, row in enumerate(record["tenths"], start=1)
        ]
        self.stdout.write("")
        self.print_table(rows)

    def print_chances(self, record: dict[str, Any]) -> None:
        rows = [[_("who buys again"), "AUC", "Brier"]]
        rows += [
            [name_of(name), number(row["auc"], digits=3), number(row["brier"], digits=4)]
            for name, row in record["chance"].items()
        ]
        self.stdout.write("")
        self.print_table(rows)

    def print_errors(self, record: dict[str, Any], what: str, title: str) -> None:
        held = record[what]
        if not held["customers"]:
            return
        scale = 100 if what == "value" else 1
        words = {
            "title": title,
            "expected": number(held["expected"] / scale),
            "actual": number(held["actual"] / scale),
            "share": percent(held["within"] / held["customers"], digits=1),
        }
        rows = [[_("a customer"), _("off by"), _("too much by"), _("of the best tenth, caught")]]
        rows += [
            [
                name_of(name),
                number(row["mae"] / scale, digits=2),
                number(row["bias"] / scale, digits=2),
                percent(row["top_tenth"], digits=1),
            ]
            for name, row in held["errors"].items()
        ]
        self.stdout.write("")
        self.stdout.write(
            _("%(title)s: %(expected)s expected, %(actual)s made; the interval held for %(share)s of the customers.")
            % words
        )
        self.print_table(rows)


def name_of(name: str) -> str:
    """The name of a model in words: ours, or the simple rule that it is compared with."""
    return _("ours") if name == "ours" else str(BASELINES[name])


def share(row: dict[str, int]) -> str:
    return percent(row["bought"] / row["customers"], digits=1)


def counts(row: dict[str, int]) -> list[str]:
    return [number(row["customers"]), number(row["bought"]), share(row)]
