from __future__ import annotations

import datetime as dt
from time import perf_counter
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from habitue.kernel.formats import day as date
from habitue.kernel.formats import number
from habitue.management.command import Command as Base
from habitue.management.command import a_day, add_json, require_database, steps_bar
from habitue.portraits.refreshing import Progress, refresh


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
        show, seconds = timed(steps_bar())
        run = refresh(as_of, show)
        if json:
            answer = {"as_of": run.as_of, "customers": run.customers, "orders": run.orders, "currency": run.currency}
            self.print_json(answer | {"seconds": seconds})
            return
        self.stdout.write(
            _("Portraits of %(customers)s customers as of %(day)s.")
            % {"customers": number(run.customers), "day": date(run.as_of)}
        )


def timed(show: Progress) -> tuple[Progress, dict[str, float]]:
    """(a progress function that passes calls on, a dict that it fills with the seconds of each step)."""
    seconds: dict[str, float] = {}
    begun: list[tuple[str, float]] = []

    def progress(step: str, done: int, total: int) -> None:
        if begun:
            before, at = begun.pop()
            seconds[before] = round(perf_counter() - at, 3)
        if done < total:
            begun.append((step, perf_counter()))
        show(step, done, total)

    return progress, seconds
