from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from habitue.environment import between
from habitue.kernel.formats import day as date
from habitue.kernel.formats import number
from habitue.management.command import Command as Base
from habitue.management.commands.serve import require_free
from habitue.management.demo import bring_in, make_account
from habitue.management.serving import prepare, serve


class Command(Base):
    help = _(
        "Set up an installation on the purchases of The Complete Journey (a year of a real grocery retailer, 2,469 "
        "households), and serve the desk. Names are invented; purchases are real. What is there already is reused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help=_("stop before serving"))
        parser.add_argument(
            "--port",
            type=between(1, 65_535),
            default=settings.PORT,
            help=_("serve on this port (default: %(default)s)"),
        )

    def handle(self, *args: Any, no_serve: bool, port: int, **options: Any) -> None:
        if not no_serve:
            require_free(settings.ADDRESS, port)
        prepare()
        run, reused = bring_in(self.stdout.write)
        name, password = make_account()
        words = {"customers": number(run.customers), "orders": number(run.orders), "day": date(run.as_of)}
        if reused:
            self.stdout.write(
                _("Reusing what is there: %(customers)s customers, %(orders)s orders, portraits as of %(day)s.") % words
            )
        else:
            self.stdout.write(_("%(customers)s customers, %(orders)s orders, portraits as of %(day)s.") % words)
        self.stdout.write("")
        self.stdout.write("  " + _("Desk:     %(address)s") % {"address": f"http://{settings.ADDRESS}:{port}"})
        self.stdout.write("  " + _("User:     %(name)s") % {"name": name})
        self.stdout.write("  " + _("Password: %(password)s") % {"password": password})
        self.stdout.write("")
        self.stdout.flush()
        if not no_serve:
            sys.exit(serve(settings.ADDRESS, port, settings.WORKERS))
