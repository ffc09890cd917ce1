"""Kill an import at chosen SQL statements, start it again, and compare the database with that of a clean run.

A program of its own: each run is a fork of this process, which never opens a database itself while it forks.
Usage: killing.py FOLDER ours|cursor-outside orders|customers|relations [POINTS]; prints JSON. 0 points are all of them:
before and after each statement. The database is SQLite, or DATABASE_URL's server.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

POINTS = int(sys.argv[4]) if len(sys.argv) > 4 else 40
ROWS_AT_ONCE = 24
HEADINGS = "order,customer,customer name,date,product,product name,quantity,amount,discount,refund of"


def lines() -> list[str]:
    """60 orders of one to three lines, some scattered, some refunded (before or after their order), some wrong."""
    rows = []
    for at in range(60):
        day = f"2024-{at % 12 + 1:02}-{at % 28 + 1:02}"
        for line in range(at % 3 + 1):
            amount = "oops" if at % 13 == 5 and line == 0 else f"{at + line}.{line}5"
            rows.append(f"A{at},C{at % 17},Client {at % 17},{day},p{(at + line) % 23},Name,{line + 1},{amount},0.05,")
        if at % 7 == 3:
            rows.append(f"R{at},C{at % 17},,{day},p{at % 23},,1,1.00,,A{at}")
    return [*rows[40:], *rows[:40]]


def customer_lines() -> list[str]:
    """60 customers with how to reach them; some are there before, some are wrong, some have a sponsor."""
    rows = []
    for at in range(60):
        score = "lots" if at % 13 == 5 else at / 2
        sponsor = f"C{at - 7}" if at % 5 == 0 and at > 10 else ""
        point = f"c{at}@x.fr,06123456{at:02},{at} rue A,69001,Lyon,FR"
        rows.append(f"C{at},Given{at},Family{at % 9},{point},Tag {at % 4}|All,{score},{sponsor}")
    return rows


def relation_lines() -> list[str]:
    kinds = ("household", "employer", "referred", "buys_for")
    return [
        f"C{at * 9 % 39},{kinds[at % 4]},C{(at * 3) % 45 if at % 5 else 2},2020-01-{at % 28 + 1:02},"
        for at in range(60)
    ]


FILES = {
    "orders": (HEADINGS, lines),
    "customers": (
        "reference,given name,family name,email,mobile,street,postcode,city,country,tags,score,sponsor",
        customer_lines,
    ),
    "relations": ("customer,relation,related to,start,end", relation_lines),
}


def main(folder: Path, variant: str, kind: str) -> dict[str, Any]:
    headings, make = FILES[kind]
    file = folder / f"{kind}.csv"
    file.write_text("\n".join([headings, *make()]) + "\n")
    prepare(folder)
    statements = run_apart(folder / "clean", lambda: count_statements(file, variant))
    clean = run_apart(folder / "clean", dump)
    points = chosen(statements)
    report: dict[str, Any] = {
        "statements": len(statements),
        "points": [],
        "not_killed": [],
        "wrong": [],
        "clean": clean,
    }
    for at, when in points:
        home = folder / f"{at}-{when}"
        begin_again(folder, home)
        report["points"].append([at, when, statements[at][:60]])
        if run_apart(home, lambda at=at, when=when: bring_in(file, variant, kill(at, when))) != "killed":
            report["not_killed"].append([at, when, statements[at][:60]])
        dumped = run_apart(home, lambda: (bring_in(file, variant), dump())[1])
        shutil.rmtree(home)
        if dumped != clean:
            report["wrong"].append([at, when, statements[at][:60], dumped])
            break  # one is enough
    return report


def chosen(statements: list[str]) -> list[tuple[int, str]]:
    """Each sort of statement at its first and last occurrence, others evenly spread; before and after by turns."""
    if not POINTS:
        return [(at, when) for at in range(len(statements)) for when in ("before", "after")]
    sorts: dict[str, list[int]] = {}
    for at, statement in enumerate(statements):
        sorts.setdefault(statement[:40], []).append(at)
    first = [at for places in sorts.values() for at in (places[0], places[-1])]
    even = [at * (len(statements) - 1) // (2 * POINTS) for at in range(2 * POINTS + 1)]
    places = sorted(list(dict.fromkeys([*first, *even]))[:POINTS])
    return [(at, "after" if turn % 2 else "before") for turn, at in enumerate(places)]


def prepare(folder: Path) -> None:
    from django.db import connection

    if connection.vendor == "sqlite":
        (folder / "clean").mkdir()

    def migrate() -> None:
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        furnish()

    run_apart(folder / "clean", migrate)
    if connection.vendor == "sqlite":
        shutil.copy(folder / "clean" / "habitue.sqlite3", folder / "empty.sqlite3")


def begin_again(folder: Path, home: Path) -> None:
    from django.db import connection

    home.mkdir()
    if connection.vendor == "sqlite":
        shutil.copy(folder / "empty.sqlite3", home / "habitue.sqlite3")
    else:
        run_apart(home, begin_empty)


def begin_empty() -> None:
    empty()
    furnish()


def furnish() -> None:
    """Who is there before: they are changed, the others made."""
    from habitue.customers.models import Customer, CustomField

    CustomField.objects.create(code="score", label="Score", type="number")
    CustomField.objects.create(code="sponsor", label="Sponsor", type="customer")
    for at in range(0, 40, 3):
        Customer.objects.create(reference=f"C{at}", name=f"Before {at}", given_name="Before")


def empty() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        tables = ", ".join(f'"{model._meta.db_table}"' for model in models())
        cursor.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")


def models() -> list[Any]:
    from django.apps import apps

    rooms = ("events", "customers", "imports", "purchases")
    return [model for model in apps.get_models() if model._meta.app_label in rooms]


def run_apart(home: Path, work: Callable[[], Any]) -> Any:
    """What `work` gives in a process of its own; `killed`, or the error's last line."""
    read, write = os.pipe()
    if not (pid := os.fork()):
        os.close(read)
        from django.db import connections

        code = 0
        try:
            home.mkdir(exist_ok=True, parents=True)
            use(home)
            answer = work()
            connections.close_all()  # SQLite brings its file up to date
        except BaseException:
            answer, code = traceback.format_exc().strip().splitlines()[-1], 1
        with os.fdopen(write, "w") as pipe:
            json.dump(answer, pipe)
        os._exit(code)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    _pid, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return "killed"
    return json.loads(text)


def use(home: Path) -> None:
    from django.conf import settings
    from django.db import connection

    settings.HOME = home
    if connection.vendor == "sqlite":
        connection.settings_dict["NAME"] = home / "habitue.sqlite3"


def bring_in(file: Path, variant: str, wrapper: Callable[..., Any] | None = None) -> None:
    from contextlib import nullcontext

    from django.db import connection

    from habitue.imports import importing

    if variant == "cursor-outside":
        importing.advance = advance_with_the_cursor_outside
    with connection.execute_wrapper(wrapper) if wrapper else nullcontext():
        importing.run(file.stem, file, rows_at_once=ROWS_AT_ONCE)


def advance_with_the_cursor_outside(walk: Any, rows_at_once: int) -> Any:
    """The defect that this program must find: rows are committed before the cursor says so."""
    from django.db import transaction

    from habitue.imports import importing
    from habitue.imports.models import Import

    with transaction.atomic():
        import_ = Import.objects.select_for_update().get(pk=walk.of.pk)
        chunk = importing.next_chunk(walk.staged, import_.cursor, rows_at_once)
        outcome = importing.write(walk, chunk)
    with transaction.atomic():
        importing.save_progress(import_, chunk, outcome, last=chunk.last == walk.staged.groups)
    return import_


def count_statements(file: Path, variant: str) -> list[str]:
    seen: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    bring_in(file, variant, note)
    return seen


def kill(at: int, when: str) -> Callable[..., Any]:
    count = -1

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        count += 1
        if count == at and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = execute(sql, params, many, context)
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    return wrapper


def dump() -> dict[str, list[Any]]:
    """All tables without ids and times of day; what an id points at by its name."""
    from habitue.customers.models import ContactPoint, Customer, CustomValue, Relation, Tagging
    from habitue.events.models import Change, Event
    from habitue.imports.models import Import, Rejection
    from habitue.purchases.models import Order, OrderLine, Product

    tables = {
        "customers": Customer.objects.values_list("reference", "kind", "name", "name_key", "given_name", "family_name"),
        "points": ContactPoint.objects.values_list(
            "customer__reference", "kind", "typed", "value", "label", "street", "postcode", "city", "country", "valid",
            "source__kind",
        ),
        "tags": Tagging.objects.values_list("customer__reference", "tag__name", "tag__key"),
        "custom": CustomValue.objects.values_list(
            "customer__reference", "field__code", "text", "number", "day", "other__reference"
        ),
        "relations": Relation.objects.values_list("of__reference", "kind", "to__reference", "first_day", "last_day"),
        "products": Product.objects.values_list("reference", "name", "family"),
        "orders": Order.objects.values_list(
            "number", "buyer__reference", "placed_at", "placed_on", "place", "currency", "gross", "amount", "paid",
            "line_count", "refund_of__number", "fingerprint",
        ),
        "lines": OrderLine.objects.values_list(
            "order__number", "position", "product__reference", "quantity", "gross", "amount", "paid", "discounts"
        ),
        "imports": Import.objects.values_list(
            "digest", "file_name", "cursor", "rows", "created", "updated", "unchanged", "rejected", "mapping"
        ),
        "rejections": Rejection.objects.values_list("of__digest", "line", "column", "value", "code", "data", "row"),
        "events": [[event.kind, {**event.data, "import": None}] for event in Event.objects.all()],
        "changes": [[c.model, len(c.pks), c.before, c.after] for c in Change.objects.all()],
        "index": found_by_name(),
    }  # fmt: skip
    return {name: sorted(json.loads(json.dumps(list(rows), default=str)), key=repr) for name, rows in tables.items()}


def found_by_name() -> list[list[str]]:
    """Whom the search finds: its index goes with the rows."""
    from habitue.customers.models import Customer
    from habitue.customers.search.finding import find

    visible = Customer.objects.all()
    return [
        [text, *sorted(hit.customer.reference for hit in find(visible, text, 20))] for text in ("family4", "c12@x.fr")
    ]


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "habitue.settings"
    django.setup()
    import habitue.customers.search.finding
    import habitue.imports.kinds.customers.deriving
    import habitue.imports.kinds.customers.writing
    import habitue.imports.kinds.orders.deriving
    import habitue.imports.kinds.orders.writing
    import habitue.imports.kinds.relations.writing  # noqa: F401

    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])))
