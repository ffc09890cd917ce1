from __future__ import annotations

import socket
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from habitue.environment import between
from habitue.kernel.errors import HabitueError
from habitue.management.command import Command as Base
from habitue.management.serving import prepare, serve


class Command(Base):
    help = _("Start the desk and its worker, and serve until stopped (Ctrl-C).")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--address", default=settings.ADDRESS, help=_("listen here (default: %(default)s)"))
        parser.add_argument(
            "--port", type=between(1, 65_535), default=settings.PORT, help=_("on this port (default: %(default)s)")
        )
        parser.add_argument(
            "--workers", type=int, default=settings.WORKERS, help=_("number of web processes (default: %(default)s)")
        )

    def handle(self, *args: Any, address: str, port: int, workers: int, **options: Any) -> None:
        require_free(address, port)
        prepare()
        self.stdout.write(
            _("Habitué listens on http://%(address)s:%(port)s (Ctrl-C stops).") % {"address": address, "port": port}
        )
        self.stdout.flush()
        sys.exit(serve(address, port, workers))


def require_free(address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise HabitueError(
                _("Cannot listen on %(address)s:%(port)s: %(why)s. Stop what listens there, or give another --port.")
                % {"address": address, "port": port, "why": error.strerror}
            ) from error
