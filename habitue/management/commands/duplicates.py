from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from habitue.customers.duplicates.deduplicating import find
from habitue.kernel.formats import number
from habitue.management.command import Command as Base
from habitue.management.command import add_json, require_database, steps_bar


class Command(Base):
    help = _("Look for customers who are in the base twice. The worker of “habitue serve” does it every night.")

    def add_arguments(self, parser: CommandParser) -> None:
        add_json(parser)

    def handle(self, *args: Any, json: bool, **options: Any) -> None:
        require_database()
        result = find(show=steps_bar())
        if json:
            self.print_json(vars(result))
            return
        said = ngettext(
            "%(pairs)s pair to look at (%(new)s new) among %(customers)s records; nobody was merged.",
            "%(pairs)s pairs to look at (%(new)s new) among %(customers)s records; nobody was merged.",
            result.open,
        )
        facts = {"pairs": result.open, "new": result.new, "customers": result.customers}
        self.stdout.write(said % {name: number(count) for name, count in facts.items()})
