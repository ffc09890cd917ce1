"""The time of an import of 100,000 customers with contact points and duplicates by the desk's importer, and its undo.

The file is sent over HTTP, checked in a dry run and imported. The database is SQLite; the jobs run in this process, one
after the other. BENCH_CUSTOMERS="100000" chooses the sizes.
"""

from __future__ import annotations

import csv
import hashlib
import os
import random
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils.module_loading import import_string
from django_q.models import OrmQ

from bench.people import Person, people
from habitue.customers.models import ContactPoint, Customer
from habitue.imports.models import Import, Upload
from habitue.team.models import User

DOUBLED = 0.05  # rows that give somebody of the file once more, under another reference
AGAIN = 0.10  # of the rows: in the base before, with another address
HEADINGS = [
    *("Code client", "Type", "Nom complet", "Prénom", "Nom", "Date de naissance", "E-mail", "E-mail 2", "Téléphone"),
    *("Portable", "Adresse", "Code postal", "Ville", "Pays", "Étiquettes"),
]
AUDIT = {"event", "eventsubject", "change", "import", "rejection", "upload", "savedmapping"}
OTHERS = {"django_q", "sessions", "admin", "contenttypes", "auth", "account", "team"}


def report() -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    for size in os.environ.get("BENCH_CUSTOMERS", "100000").split():
        with tempfile.TemporaryDirectory() as folder:
            _one(int(size), Path(folder))


def _one(size: int, folder: Path) -> None:
    _use(folder)
    desk = _desk()
    before, changed = folder / "before.csv", folder / "customers.csv"
    _write(before, [row for row in rows(size) if _moves(row[0])])
    everybody = list(rows(size, moved=True))
    _write(changed, everybody)
    _bring(desk, before)
    was = fingerprint()
    print(
        f"\n{len(everybody):,} rows of a CSV file ({changed.stat().st_size / 1e6:.0f} MB), "
        f"{Customer.objects.count():,} known before"
    )
    busy = time.process_time()
    import_, times, check = _bring(desk, changed)
    counts = {name: getattr(import_, name) for name in ("rows", "created", "updated", "unchanged", "rejected")}
    assert counts == {name: check[name] for name in counts}, "the check and the import differ"
    print("  " + ", ".join(f"{name} {count:,}" for name, count in counts.items()), end="")
    print(f", possible duplicates {check['alike']:,}, contact points {ContactPoint.objects.count():,}")
    print("  " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in times.items()), end="")
    print(f": {sum(times.values()):.1f} s together, {time.process_time() - busy:.1f} s of one core")
    start = time.perf_counter()
    desk.post(f"/imports/{import_.pk}/undoing/")
    _work_off()
    print(f"  undone in {time.perf_counter() - start:.1f} s; as before: {'yes' if fingerprint() == was else 'NO'}")


def rows(size: int, *, moved: bool = False) -> Iterator[list[str]]:
    """The rows of `size` people, some repeated with the name in capitals and another reference; `moved`: new cities."""
    chance = random.Random(5)
    for one in people(size, seed=3):
        row = _row(one, one.reference, "Autre ville" if moved and _moves(one.reference) else one.city)
        yield row
        if chance.random() < DOUBLED:
            yield [f"{one.reference}-2", row[1], row[2].upper(), *row[3:]]


def _moves(reference: str) -> bool:
    return zlib.crc32(reference.encode()) % round(1 / AGAIN) == 0


def _row(one: Person, reference: str, city: str) -> list[str]:
    emails, phones = ([typed for typed, _value in some] + ["", ""] for some in (one.emails, one.phones))
    kind = "organisation" if one.organisation else "person"
    born = one.born_on.strftime("%d/%m/%Y") if one.born_on else ""
    place = (one.street, one.postcode, city, one.country)
    return [reference, kind, one.name, one.given, one.family, born, *emails[:2], *phones[:2], *place, "Salon, VIP"]


def _write(path: Path, some: list[list[str]]) -> None:
    with path.open("w", encoding="cp1252", errors="replace", newline="") as file:
        csv.writer(file, delimiter=";").writerows([HEADINGS, *some])


def _use(folder: Path) -> None:
    settings.HOME = folder
    connection.close()
    connection.settings_dict["NAME"] = folder / "habitue.sqlite3"
    call_command("migrate", verbosity=0)


def _desk() -> Client:
    somebody = User.objects.create_user("bench")
    somebody.let_into_the_desk()
    desk = Client()
    desk.force_login(somebody)
    return desk


def _bring(desk: Client, path: Path) -> tuple[Import, dict[str, float], dict[str, Any]]:
    """Upload, check and import a file as the pages do: (import, seconds by step, result of the dry run)."""
    times = {}
    start = time.perf_counter()
    with path.open("rb") as file:
        answer = desk.post("/imports/new/", {"file": file})
    times["sent"], start = time.perf_counter() - start, time.perf_counter()
    _work_off()
    upload = Upload.objects.get(pk=int(answer["Location"].split("/")[-2]))
    assert upload.dry_run["state"] == "done", upload.dry_run
    times["checked"], start = time.perf_counter() - start, time.perf_counter()
    desk.post(f"/imports/files/{upload.pk}/import/")
    _work_off()
    times["imported"] = time.perf_counter() - start
    return Import.objects.latest("pk"), times, upload.dry_run


def _work_off() -> None:
    while task := OrmQ.objects.order_by("pk").first():
        payload = task.task
        task.delete()
        import_string(payload["func"])(*payload["args"])


def fingerprint() -> str:
    """A hash of all rows of all tables, without the audit log and derived tables."""
    digest = hashlib.sha256()
    for model in apps.get_models():
        if model._meta.app_label in OTHERS or model._meta.model_name in AUDIT or getattr(model, "recomputed", False):
            continue
        digest.update(model._meta.label.encode())
        for row in model._default_manager.order_by("pk").values_list().iterator(chunk_size=20_000):
            digest.update(repr(row).encode())
    return digest.hexdigest()
