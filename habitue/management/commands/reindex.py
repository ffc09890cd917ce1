from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from habitue.customers.search.finding import reindex
from habitue.kernel.formats import number
from habitue.management.command import Command as Base
from habitue.management.command import require_database, steps_bar


class Command(Base):
    help = _("Make anew what customers are found by. Only needed after changes that were made past Habitué.")

    def handle(self, *args: Any, **options: Any) -> None:
        require_database()
        bar = steps_bar()
        changed = reindex(lambda done, total: bar(_("index"), done, total))
        self.stdout.write(
            ngettext("%(count)s entry was put right.", "%(count)s entries were put right.", changed)
            % {"count": number(changed)}
        )
