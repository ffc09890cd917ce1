from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from habitue.customers.models import Customer
from habitue.kernel.errors import HabitueError
from habitue.management.command import Command as Base
from habitue.management.command import add_json, require_database
from habitue.portraits.models import Portrait, Refresh
from habitue.portraits.reporting import portrait_as_data, portrait_as_text


class Command(Base):
    help = _("Print all that is derived about one customer, with the facts, the rule or the model behind each word.")
    examples = "  habitue portrait 900\n  habitue portrait 900 --json"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("reference", help=_("the customer's reference"))
        add_json(parser)

    def handle(self, *args: Any, reference: str, json: bool, **options: Any) -> None:
        require_database()
        portrait = find(reference)
        run = Refresh.objects.filter(finished_at__isnull=False).latest()
        if json:
            self.print_json(portrait_as_data(portrait, run))
        else:
            self.stdout.write(portrait_as_text(portrait, run))


def find(reference: str) -> Portrait:
    customer = Customer.objects.filter(reference=reference).first()
    if not customer:
        raise HabitueError(_("No customer has the reference “%(reference)s”.") % {"reference": reference}, 404)
    portrait = Portrait.objects.select_related("customer").filter(customer=customer).first()
    if not portrait:
        raise HabitueError(
            _("The portrait of %(name)s is not made yet. Run “habitue refresh”.") % {"name": customer}, 404
        )
    return portrait
