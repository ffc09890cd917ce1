"""Kill the worker at SQL statements of a check, an import or an undo, look at the page, start a worker again, and
compare the database with that of a worker that was never killed.

A program of its own: each worker is a fork of this process, which never opens a database itself while it forks.
Usage: killing_worker.py FOLDER SEED WORKS POINTS, such as killing_worker.py /tmp/x 11 check,import,undo 2; prints JSON.
The database is SQLite, or DATABASE_URL's.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import django

from tests.imports import killing
from tests.imports.killing import kill, run_apart

PRELOADED = (  # once for all forks
    "habitue.customers.search.finding",
    "habitue.imports.kinds.customers.deriving",
    "habitue.imports.kinds.customers.writing",
    "habitue.jobs",
    "habitue.urls",
)
PAGES = {
    "check": ("while it checked", "All of it can be undone"),
    "import": ("Its worker stopped", "created"),
    "undo": ("while it undid this import", "<b>undone</b>"),
}


def main(folder: Path, work: str, seed: int, points: int) -> dict[str, Any]:
    folder = folder / work
    folder.mkdir()
    prepare(folder, work)
    statements = run_apart(folder / "clean", lambda: worker(count=True))
    clean = run_apart(folder / "clean", dump)
    rng = random.Random(f"{work}-{seed}")
    at_once = sorted(rng.sample(range(len(statements)), points))
    report: dict[str, Any] = {"statements": len(statements), "clean": clean, "points": [], "wrong": [], "seconds": 0.0}
    for at in at_once:
        when = rng.choice(["before", "after"])
        home = begin_again(folder, work, f"{at}-{when}")
        report["points"].append([at, when, statements[at][:60]])
        killed = run_apart(home, lambda at=at, when=when: worker(kill(at, when)))
        untrue = run_apart(home, lambda: untrue_on_page(work))
        begun = time.monotonic()
        run_apart(home, worker)
        report["seconds"] = max(report["seconds"], time.monotonic() - begun)
        dumped, after = run_apart(home, dump), run_apart(home, lambda: untrue_on_page(work, done=True))
        if killed != "killed" or untrue or after or dumped != clean:
            report["wrong"].append([at, when, statements[at][:60], killed, untrue, after, dumped])
    if work == "check" or points > 2:
        report["given_up"] = give_up(folder, work)
    return report


def give_up(folder: Path, work: str) -> list[Any]:
    """Kill each worker at the same place: [pages after each, whether another does nothing, page once asked again]."""
    home = begin_again(folder, work, "given-up")
    pages = []
    for _turn in range(3):
        run_apart(home, lambda: worker(kill(8, "before")))
        pages.append(run_apart(home, lambda: page(work)))
    run_apart(home, worker)
    pages.append(run_apart(home, lambda: page(work)))
    run_apart(home, lambda: ask_again(work))
    run_apart(home, worker)
    return [*pages, run_apart(home, lambda: page(work))]


def prepare(folder: Path, work: str) -> None:
    from django.db import connection

    migrated = folder.parent / "migrated"
    if not migrated.exists():
        run_apart(migrated, migrate)
    shutil.copytree(migrated, folder / "clean")
    if connection.vendor != "sqlite":
        run_apart(folder / "clean", empty)
    run_apart(folder / "clean", lambda: furnish(work))
    if connection.vendor == "sqlite":
        shutil.copytree(folder / "clean", folder / "prepared")


def begin_again(folder: Path, work: str, name: str) -> Path:
    from django.db import connection

    if connection.vendor == "sqlite":
        return Path(shutil.copytree(folder / "prepared", folder / name))
    shutil.rmtree(folder / "clean", ignore_errors=True)
    prepare(folder, work)
    return folder / "clean"


def migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def empty() -> None:
    """Empty all tables but those of accounts' rights, which migrations fill."""
    from django.apps import apps
    from django.db import connection

    kept = ("auth", "contenttypes", "migrations")
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.app_label not in kept]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")


def furnish(work: str) -> None:
    """Upload a file, and do with it what comes before this work."""
    killing.furnish()
    from habitue.imports import uploading
    from habitue.imports.models import Import
    from tests import factories

    bo = factories.bo()
    headings, lines = killing.FILES["customers"]
    folder = uploading.uploads() / "sent"
    folder.mkdir()
    (folder / "customers.csv").write_text("\n".join([headings, *lines()]) + "\n")
    upload = uploading.receive(folder / "customers.csv", bo, kind="customers")
    if work != "check":
        worker()
        upload.refresh_from_db()
        uploading.start(upload, bo)
    if work == "undo":
        worker()
        uploading.ask_undo(Import.objects.get(), bo)


def worker(wrapper: Callable[..., Any] | None = None, count: bool = False) -> list[str]:
    """Work as `habitue worker` does until the queue is empty; `wrapper` sees the statements of the jobs."""
    from django.db import connection

    from habitue.imports import dry_run
    from habitue.queue import working

    dry_run.ROWS_AT_ONCE = killing.ROWS_AT_ONCE
    seen: list[str] = []
    do = working.do

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    if count or wrapper:

        def watched(task: dict[str, Any]) -> None:
            with connection.execute_wrapper(note if count else wrapper):  # type: ignore[arg-type]
                do(task)

        working.do = watched
    working.work(until_empty=True)
    working.do = do
    return seen


def page(work: str) -> str:
    """The text of the page that tells of this work."""
    from django.conf import settings
    from django.test import Client

    from habitue.imports.models import Import, Upload
    from habitue.team.models import User

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    client = Client()
    client.force_login(User.objects.get())
    client.cookies["django_language"] = "en"
    place = f"files/{Upload.objects.get().pk}" if work == "check" else str(Import.objects.get().pk)
    text = client.get(f"/imports/{place}/").content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<(?!b>|/b>)[^>]*>", " ", text.partition('id="main"')[2]))


def untrue_on_page(work: str, done: bool = False) -> str:
    """The page where it says of the work what the database does not; empty where it is true."""
    from habitue.imports.models import Import, Upload

    text = page(work)
    stopped, ended = PAGES[work]
    import_ = Import.objects.first()
    state = Upload.objects.get().dry_run["state"]
    has_ended = {"check": state == "done", "import": import_ and import_.finished_at, "undo": undone(import_)}[work]
    if done and not has_ended:
        return f"not done: {text}"
    true = ended in text and "stopped" not in text if has_ended else stopped in text
    if work == "import" and import_ and not has_ended:
        true = true and (f"after {import_.rows} rows" if import_.rows else "before its first row") in text
    return "" if true else text


def undone(import_: Any) -> bool:
    from habitue.imports import undoing

    return bool(import_) and undoing.is_undone(import_)


def ask_again(work: str) -> None:
    from habitue.imports import uploading
    from habitue.imports.models import Import, Upload
    from habitue.team.models import User

    if work == "check":
        uploading.check_again(Upload.objects.get())
    elif work == "import":
        uploading.resume(Import.objects.get())
    else:
        uploading.ask_undo(Import.objects.get(), User.objects.get())


def dump() -> dict[str, Any]:
    from habitue.imports.models import Import, Upload
    from habitue.queue.models import Job

    more = {
        "uploads": [[row.kind, row.mapping, row.about, row.dry_run, row.became_id] for row in Upload.objects.all()],
        "states": [[bool(row.finished_at), bool(row.undone_at), row.trouble] for row in Import.objects.all()],
        "jobs": [str(job) for job in Job.objects.all()],
    }
    return killing.dump() | json.loads(json.dumps(more, default=str))


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "habitue.settings"
    django.setup()
    for module in PRELOADED:
        import_module(module)
    folder, seed, works, points = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3].split(","), int(sys.argv[4])
    print(json.dumps({work: main(folder, work, seed, points) for work in works}))
