from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from habitue.imports.kind import kind_named
from habitue.imports.profiles.listing import Listed, listed
from habitue.management.command import Command as Base
from habitue.management.command import add_json, require_database


class Command(Base):
    help = _(
        "List the formats of files that are known: their headings say what every column is. Mappings that were kept at "
        "the desk are listed too."
    )
    examples = "  habitue profiles\n  habitue import orders sales.csv --profile lightspeed_sales"

    def add_arguments(self, parser: CommandParser) -> None:
        add_json(parser)

    def handle(self, *args: Any, json: bool, **options: Any) -> None:
        require_database()
        rows = listed()
        if json:
            self.print_json([answer(one) for one in rows])
            return
        table = [[one.key or _("kept"), one.words, str(kind_named(one.kind).label), one.note] for one in rows]
        headings = [_("name"), _("what files"), _("kind"), ""]
        widths = [max(len(row[at]) for row in (headings, *table)) for at in range(len(headings))]
        for row in (headings, *table):
            cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())


def answer(one: Listed) -> dict[str, Any]:
    """A row as JSON: codes and headings as they are."""
    return {
        "profile": one.key or None,
        "title": one.words,
        "kind": one.kind,
        "own": one.own,
        "confirmed": one.confirmed,
        "asks": one.asks,
        "headings": list(one.headings),
        "sources": list(one.sources),
    }
