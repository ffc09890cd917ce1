"""The base of our commands: help for a newcomer, tables, progress bars, and JSON answers for programs."""

from __future__ import annotations

import datetime as dt
import json
from argparse import SUPPRESS, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from tqdm import tqdm

from habitue.kernel.errors import HabitueError

DJANGO_OPTIONS = {"--version", "-v", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color"}
DJANGO_OPTIONS |= {"--force-color", "--skip-checks"}


class Command(BaseCommand):
    """Base class of our commands. `examples` is shown below the help."""

    examples = ""
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser("habitue", subcommand, epilog=self.examples, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        for action in parser._actions:
            if DJANGO_OPTIONS & set(action.option_strings):
                action.help = SUPPRESS
        return parser

    def print_json(self, answer: Any) -> None:
        self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2, default=str))

    def print_table(self, rows: Sequence[Sequence[str]]) -> None:
        """Print rows of texts below a heading row; all columns but the first are right-aligned."""
        widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
        for row in rows:
            cells = [
                text.ljust(width) if not at else text.rjust(width)
                for at, (text, width) in enumerate(zip(row, widths, strict=True))
            ]
            self.stdout.write("  ".join(cells).rstrip())


def add_json(parser: CommandParser) -> None:
    parser.add_argument("--json", action="store_true", help=_("print the answer as JSON, for programs"))


def a_day(text: str) -> dt.date:
    day = dt.date.fromisoformat(text)
    if not 1900 <= day.year <= 2100:
        raise ValueError
    return day


def require_database() -> None:
    """Raise a clear error where the database was never set up, instead of one about a missing table."""
    connection = connections[DEFAULT_DB_ALIAS]
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise HabitueError(_("The database is not set up, or older than the program. Run “habitue doctor --mend”."))


def steps_bar() -> Callable[[str, int, int], None]:
    """A function that shows a progress bar on standard error, called with (step, done, total)."""
    bar = tqdm(total=0, bar_format="{desc:<24} {bar:24} {n_fmt}/{total_fmt}  {elapsed}", leave=False, disable=None)

    def show(step: str, done: int, total: int) -> None:
        bar.total = total
        bar.set_description_str(step)
        bar.n = done
        bar.refresh()
        if done == total:
            bar.close()

    return show
