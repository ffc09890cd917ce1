# ruff: noqa: N999 - a command has the name of its module
from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from tqdm import tqdm

from habitue.imports import dry_run, rejecting, summing, telling, wording
from habitue.imports.files import choices, describing
from habitue.imports.files.choices import Choices
from habitue.imports.files.reading import Rows, content_digest
from habitue.imports.files.recognising import recognise
from habitue.imports.importing import digest_of, forget, run, staging_sql
from habitue.imports.kind import KINDS, kind_named
from habitue.imports.mappings import mapping as mappings
from habitue.imports.mappings.mapping import Mapping
from habitue.imports.mappings.proposing import Asked
from habitue.imports.models import Import, Rejection
from habitue.imports.profiles.profile import profile_named
from habitue.imports.staging.staging import Staged
from habitue.kernel.errors import HabitueError
from habitue.kernel.formats import number
from habitue.management import confirming
from habitue.management.command import Command as Base
from habitue.management.command import add_json, require_database
from habitue.purchases.models import Order

SOME_REJECTED = 3


@dataclass(frozen=True)
class How:
    """How files are brought in: as the options say. `answers` grows with what somebody at the terminal answers."""

    mapping: Mapping | None
    reading: Choices
    answers: dict[str, str]
    yes: bool
    expected: list[str]
    quiet: bool

    @property
    def interactive(self) -> bool:
        return not self.quiet and confirming.at_a_terminal()


class Command(Base):
    help = _(
        "Bring in files of customers, relations, orders, products, promotions or contracts: CSV, XLSX, ODS, Parquet or "
        "vCard, with one line of headings. Which column is which fact is guessed from the headings and shown, or said "
        "by a mapping. A row that cannot be taken is kept with the reason in a file to correct; the others go in. It "
        "can be stopped and started again at any time; the same file twice changes nothing."
    )
    examples = (
        "  habitue import orders sales-2025.csv\n"
        "  habitue import orders transactions.parquet --mapping complete_journey\n"
        "  habitue import customers customers.xlsx --mapping my-customers.toml"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=list(KINDS), metavar="KIND", help=", ".join(KINDS))
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=_("one file or several"))
        parser.add_argument(
            "--mapping",
            metavar="FILE",
            help=_("a mapping (TOML file), or the name of a ready-made one: complete_journey"),
        )
        parser.add_argument(
            "--profile",
            default="",
            metavar="NAME",
            help=_("the format of the files, one of those that “habitue profiles” lists; none to guess their columns"),
        )
        parser.add_argument(
            "--show-sql",
            action="store_true",
            help=_("print the mapping and the SQL that the rows are judged with, and import nothing"),
        )
        parser.add_argument(
            "--rows-to",
            type=Path,
            metavar="FILE",
            help=_("with --show-sql: keep the rows as they were read in this Parquet file, for the SQL to run on"),
        )
        add_reading(parser)
        add_answers(parser)
        add_json(parser)

    def handle(self, *args: Any, kind: str, files: list[Path], mapping: str | None, json: bool, **options: Any) -> None:
        require_database()
        chosen = {name: options[name] for name in choices.KEYS if options.get(name)}
        reading = choices.from_data(chosen)
        given = mappings.load(kind, mapping) if mapping is not None else None
        if given:
            given = replace(given, reading=choices.from_data(given.reading.as_data() | chosen))
        if given and options["profile"]:
            raise HabitueError(_("Give a mapping or a profile, not both."))
        said = _pairs(options["answer"]) | ({"profile": options["profile"]} if options["profile"] else {})
        if options["show_sql"]:
            for path in files:
                self.stdout.write(staging_sql(kind, path, given, options["rows_to"], choices=reading, answers=said))
            return
        if options["expect_sum"] and len(files) > 1:
            raise HabitueError(_("--expect-sum is the sum of one file. Import the files one by one."))
        for path in files:
            recognise(path)  # all of them, before the first goes in
        how = How(given, reading, said, options["yes"], options["expect_sum"], json)
        answers = [self.bring_in(kind, path, how) for path in files]
        if json:
            self.print_json(answers)
        elif kind == "orders" and any(answer["created"] for answer in answers):
            self.warn_of_the_future()
            self.stdout.write(
                _(
                    "The portraits do not know these orders yet. “habitue serve” computes them by itself; without it: "
                    "habitue refresh"
                )
            )
        if any(answer["rejected"] for answer in answers):
            sys.exit(SOME_REJECTED)

    def bring_in(self, kind: str, path: Path, how: How) -> dict[str, Any]:
        """Import one file. Somebody at a terminal is asked what is in doubt, sees the sums and says yes."""
        how = replace(how, answers=dict(how.answers))  # what is answered of one file says nothing of the next
        while True:
            try:
                return self.confirmed(kind, path, how)
            except Asked as asked:
                if not how.interactive:
                    raise
                how.answers[asked.question.code] = confirming.ask(asked, self.stdout.write)

    def confirmed(self, kind: str, path: Path, how: How) -> dict[str, Any]:
        checked = None
        if how.expected or (how.interactive and not how.yes):
            with self.bar(path) as progress:
                checked = dry_run.run(
                    kind, path, how.mapping, progress, choices=how.reading, answers=how.answers,
                    shown=self.shown(kind, path, how),
                )  # fmt: skip
            self.confirm(path, checked, how)
        seen: dict[str, Any] = {}

        def before(staged: Staged) -> None:
            if checked is None:
                self.require_confirmed(staged, how)

        def after(staged: Staged) -> None:
            digest = digest_of(staged.mapping, content_digest(path))
            refused = Rejection.objects.filter(of__digest=digest, of__undone_at=None)
            seen.update(summing.so_far(staged, refused.values_list("line", flat=True)))

        with self.bar(path) as progress:
            import_ = run(
                kind, path, how.mapping, progress=progress, choices=how.reading, answers=how.answers,
                shown=None if checked else self.shown(kind, path, how), before=before, after=after,
            )  # fmt: skip
        rejected = self.rejections(import_)
        if not how.quiet:
            self.summarise(import_, rejected, None if checked else seen)
        return self.answer(kind, path, import_, rejected) | {"summary": checked["summary"] if checked else seen or None}

    def confirm(self, path: Path, checked: dict[str, Any], how: How) -> None:
        """Show what would be, and ask; HabitueError where the sum is not the expected one, or nobody says yes."""
        if not how.quiet:
            for line in confirming.summary_lines(checked):
                self.stdout.write(line)
        try:
            if how.expected:
                confirming.require_sum(checked["summary"], how.expected)
            elif not confirming.agreed():
                raise HabitueError(_("Nothing was imported."))
        except HabitueError:
            forget(content_digest(path))
            raise

    def require_confirmed(self, staged: Staged, how: How) -> None:
        """HabitueError where a script says neither --yes nor a sum, and the file has what somebody should look at."""
        if how.yes:
            return
        if striking := telling.alarms(summing.so_far(staged)):
            advice = _("Nothing was imported. If it is right, say --yes, or --expect-sum with the sum of the file.")
            raise HabitueError("\n".join([*striking, advice]))

    def shown(self, kind: str, path: Path, how: How) -> Callable[[Mapping, Rows], None]:
        return lambda whole, rows: None if how.quiet else self.show(kind, path, whole, rows)

    @contextmanager
    def bar(self, path: Path) -> Iterator[Callable[[int, int], None]]:
        """A progress bar for a file, as a function of rows done and all rows."""
        form = "{desc}: {percentage:3.0f} % {bar:24} {n_fmt}/{total_fmt}  {elapsed}<{remaining}"
        with tqdm(desc=printable(path), total=1, leave=False, disable=None, bar_format=form) as bar:

            def progress(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            yield progress

    def answer(self, kind: str, path: Path, import_: Import, rejected: Path | None) -> dict[str, Any]:
        """What --json says of one file."""
        return {
            "import": import_.pk,
            "kind": kind,
            "file": printable(path),
            "already_imported": import_.known_before,
            "rows": import_.rows,
            "created": import_.created,
            "updated": import_.updated,
            "unchanged": import_.unchanged,
            "rejected": import_.rejected,
            "notes": import_.notes,
            "findings": import_.findings,
            "rejections": str(rejected) if rejected else None,
        }

    def warn_of_the_future(self) -> None:
        """Warn of orders dated in the future. They are stored, but no portrait counts them before their day."""
        if count := Order.objects.filter(placed_on__gt=timezone.localdate()).count():
            sentence = ngettext(
                "%(count)s order is dated in the future and counts from its day on. Check its date.",
                "%(count)s orders are dated in the future and count from their day on. Check their dates.",
                count,
            )
            self.stdout.write(sentence % {"count": number(count)})

    def rejections(self, import_: Import) -> Path | None:
        if not import_.rejected:
            return None
        name = f"{import_.pk}-{Path(import_.file_name).stem[:100]}.rejected.csv"
        path = settings.HOME / "imports" / name
        if not path.exists():  # else somebody may be correcting it
            rejecting.write(import_, path)
            rejecting.write_mapping(import_, mapping_of(path))
        return path

    def show(self, kind: str, path: Path, mapping: Mapping, rows: Rows) -> None:
        read = [rows.form.upper()]
        if rows.encoding:
            read.append(_("written in %(encoding)s") % {"encoding": rows.encoding.replace("-sig", "")})
        if rows.separator:
            read.append(_("cells between “%(mark)s”") % {"mark": rows.separator.replace("\t", "tab")})
        read.append(ngettext("%(count)s row", "%(count)s rows", rows.count) % {"count": number(rows.count)})
        self.stdout.write(f"{printable(path)}: {', '.join(read)}")
        for sentence in describing.sentences(rows.how):
            self.stdout.write("  " + sentence)
        if profile := profile_named(mapping.source.get("profile", "")):
            self.stdout.write("  " + _("Read as a file of %(profile)s.") % {"profile": profile.words})
        lines = wording.mapping_lines(kind_named(kind).fitted(mapping.columns), mapping)
        width = max(len(fact) for fact, _column in lines)
        for fact, column in lines:
            self.stdout.write(f"  {fact.ljust(width)}  {column}")
        if unused := wording.unused(mapping, rows.headings):
            self.stdout.write("  " + _("not used: %(columns)s") % {"columns": ", ".join(unused)})

    def summarise(self, import_: Import, rejected: Path | None, summary: dict[str, Any] | None) -> None:
        if import_.known_before:
            self.stdout.write(_("This file is imported already, with this mapping. Nothing is changed."))
        if summary:
            result = {"summary": summary, "rejected": import_.rejected, "findings": import_.findings}
            for line in confirming.summary_lines(result):
                self.stdout.write(line)
        self.stdout.write(wording.counts(import_))
        findings = [] if summary else wording.findings(import_)  # else they stand in the summary
        for note in (*wording.notes(import_.notes), *findings):
            self.stdout.write("  " + note)
        if rejected:
            self.stdout.write(
                _("What was rejected is in %(path)s, with the reasons. Correct it, then: %(command)s")
                % {
                    "path": rejected,
                    "command": f"habitue import {import_.kind} {rejected} --mapping {mapping_of(rejected)}",
                }
            )
            for rejection in import_.rejections.exclude(code="kept_back")[:3]:
                self.stdout.write("  " + wording.reason(rejection, import_))


def add_answers(parser: CommandParser) -> None:
    """Options for what somebody at a terminal is asked."""
    parser.add_argument(
        "--answer",
        action="append",
        default=[],
        metavar="QUESTION=ANSWER",
        help=_("the answer to a question about the file, as it is named there; several times for several questions"),
    )
    parser.add_argument("--yes", action="store_true", help=_("import without asking, whatever the file holds"))
    parser.add_argument(
        "--expect-sum",
        action="append",
        default=[],
        metavar="SUM",
        help=_("import only if the orders come to this sum: 18204.50, or 18204.50 EUR for each currency"),
    )


def _pairs(answers: list[str]) -> dict[str, str]:
    return {code.strip(): answer.strip() for code, _equals, answer in (each.partition("=") for each in answers)}


def add_reading(parser: CommandParser) -> None:
    """Options for how files are read; each is also a line of a mapping."""
    parser.add_argument("--encoding", help=_("of text files, such as utf-8 or cp1252; found when left out"))
    parser.add_argument("--separator", help=_("the mark between cells; found when left out"))
    parser.add_argument(
        "--sheet",
        action="append",
        dest="sheets",
        metavar="NAME",
        help=_("a sheet of a workbook, or several with the same headings; * for all that have those of the first"),
    )
    parser.add_argument(
        "--heading-line", metavar="LINE", help=_("the line with the headings, 0 for none; found when left out")
    )
    parser.add_argument("--leave-out", metavar="LINES", help=_("lines that are not read, such as 3 or 1-2,40"))
    parser.add_argument(
        "--widths", metavar="WIDTHS", help=_("of columns without a mark between cells, such as 6,9,3,7")
    )


def printable(path: Path) -> str:
    """The name of a file as printable text, even where its bytes are not valid in the file system's encoding."""
    return path.name.encode("utf-8", "replace").decode()


def mapping_of(rejected: Path) -> Path:
    return rejected.with_name(rejected.name.removesuffix(".rejected.csv") + ".mapping.toml")
