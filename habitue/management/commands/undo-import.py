# ruff: noqa: N999 - a command has the name of its module
from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from habitue.imports import undoing
from habitue.imports.models import Import
from habitue.kernel.errors import HabitueError
from habitue.kernel.formats import number
from habitue.management.command import Command as Base
from habitue.management.command import add_json, require_database


class Command(Base):
    help = _(
        "Take an import back: what it made goes, what it changed is put back as it was. What people have changed since "
        "is kept and told. The file can be imported again afterwards."
    )
    examples = "  habitue undo-import 12\n  habitue undo-import 12 --dry-run"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", type=int, metavar="NUMBER", help=_("the number of the import"))
        parser.add_argument("--dry-run", action="store_true", help=_("only say what would be put back and kept"))
        add_json(parser)

    def handle(self, *args: Any, number: int, dry_run: bool, json: bool, **options: Any) -> None:
        require_database()
        import_ = Import.objects.filter(pk=number).first()
        if import_ is None:
            raise HabitueError(_("There is no import %(number)s.") % {"number": number} + " " + _latest())
        done = undoing.preview(import_) if dry_run else undoing.undo(import_)
        kept = [{"model": k.model, "id": k.pk, "reason": k.reason, "field": k.name, "now": k.now} for k in done.kept]
        if json:
            self.print_json({"import": number, "restored": done.restored, "kept": kept, "dry_run": dry_run})
            return
        self.stdout.write(f"{import_.file_name}: {_outcome(done.restored, len(kept))}")
        for one in kept[:20]:
            self.stdout.write(f"  {one['model']} {one['id']}: {one['reason']} {one['field']}".rstrip())


def _outcome(restored: int, kept: int) -> str:
    back = ngettext("%(count)s row is as before", "%(count)s rows are as before", restored)
    stay = ngettext("%(count)s is kept as it is now", "%(count)s are kept as they are now", kept)
    return f"{back % {'count': number(restored)}}, {stay % {'count': number(kept)}}"


def _latest() -> str:
    rows = Import.objects.order_by("-pk").values_list("pk", "file_name")[:5]
    return _("The latest are: %(imports)s.") % {"imports": ", ".join(f"{pk} ({name})" for pk, name in rows)}
