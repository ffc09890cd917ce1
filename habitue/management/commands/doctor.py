from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from habitue.cli import FAILURE
from habitue.management.checking import Finding, examine
from habitue.management.command import Command as Base
from habitue.management.command import add_json
from habitue.management.serving import prepare


class Command(Base):
    help = _("Check folder, database, facts, portraits and accounts, and say how to mend what is wrong.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--mend", action="store_true", help=_("first bring the database and the static files up to date")
        )
        add_json(parser)

    def handle(self, *args: Any, mend: bool, json: bool, **options: Any) -> None:
        if mend:
            prepare()
        findings = examine()
        if json:
            self.print_json([finding.__dict__ for finding in findings])
        else:
            for finding in findings:
                self.stdout.write(line(finding))
        if not all(finding.good for finding in findings):
            sys.exit(FAILURE)


def line(finding: Finding) -> str:
    mark = "✓" if finding.good else "✗"
    return f"{mark} {finding.subject}: {finding.fact}" + (f"\n    → {finding.todo}" if finding.todo else "")
