from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from habitue.formats import day as date
from habitue.formats import number, percent
from habitue.management.command import Command as Base
from habitue.management.command import add_json, require_database
from habitue.portraits.models import Stage
from habitue.portraits.refreshing import backtest


class Command(Base):
    help = _("Take the stages as of a past day, computed from what was known then, and count who bought afterwards.")
    examples = "  habitue backtest\n  habitue backtest --as-of 2017-10-01 --days 91 --json"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--as-of",
            type=dt.date.fromisoformat,
            metavar="YYYY-MM-DD",
            help=_("the past day (default: so that the days after it end with the facts)"),
        )
        parser.add_argument(
            "--days", type=int, default=91, help=_("how many days after it count (default: %(default)s)")
        )
        add_json(parser)

    def handle(self, *args: Any, as_of: dt.date | None, days: int, json: bool, **options: Any) -> None:
        require_database()
        record = backtest(as_of, days)
        if json:
            self.print_json(record)
            return
        self.stdout.write(
            _("Stages as of %(day)s, and who bought in the %(days)s days after:")
            % {"day": date(dt.date.fromisoformat(record["as_of"])), "days": number(record["days"])}
        )
        rows = [[_("stage"), _("customers"), _("bought"), _("share")]]
        for stage in Stage.values:
            found = record["stages"].get(stage)
            if found and found["customers"]:
                share = percent(found["bought"] / found["customers"], digits=1)
                rows.append([str(Stage(stage).label), number(found["customers"]), number(found["bought"]), share])
        self.print_table(rows)
