from __future__ import annotations

import signal
import sys
from typing import Any

from django.utils.translation import gettext as _

from habitue.management.command import Command as Base
from habitue.management.command import require_database
from habitue.queue.working import work


class Command(Base):
    help = _(
        "Do what is queued until stopped (Ctrl-C): checks, imports, undoes, portraits. “habitue serve” starts one; on "
        "PostgreSQL other machines can run more."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        require_database()
        signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
        work()
