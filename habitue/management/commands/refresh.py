from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from habitue.formats import day as date
from habitue.formats import number
from habitue.management.command import Command as Base
from habitue.management.command import a_day, add_json, require_database, steps_bar
from habitue.portraits.refreshing import refresh


class Command(Base):
    help = _(
        "Compute the portraits of all customers from the facts. The worker of “habitue serve” does it every night."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--as-of",
            type=a_day,
            metavar="YYYY-MM-DD",
            help=_("the day that the portraits speak of (default: the last day with a purchase)"),
        )
        add_json(parser)

    def handle(self, *args: Any, as_of: dt.date | None, json: bool, **options: Any) -> None:
        require_database()
        run = refresh(as_of, steps_bar())
        if json:
            self.print_json(
                {"as_of": run.as_of, "customers": run.customers, "orders": run.orders, "currency": run.currency}
            )
            return
        self.stdout.write(
            _("Portraits of %(customers)s customers as of %(day)s.")
            % {"customers": number(run.customers), "day": date(run.as_of)}
        )
