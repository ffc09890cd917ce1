"""Small files of any company's shapes, invented, with what is right of each beside it: right, or asked, never wrong.

`right` is what was received of each order, in cents; `returns` too, where it is not kept back; `ask` says that only a
person can know; `may_ask` that either is as good. All of them run in the long run, half of them in `make test`.
"""

from __future__ import annotations

import random
import tomllib
from pathlib import Path
from typing import Any

import pytest

from habitue.customers.models import ContactPoint, Customer, Relation, Tagging
from habitue.imports import uploading
from habitue.imports.files import reading
from habitue.imports.importing import run
from habitue.imports.mappings.proposing import guess_of
from habitue.imports.models import Import
from habitue.kernel.errors import HabitueError
from habitue.purchases.models import Order, Product
from tests.imports.cases.books import BOOKS
from tests.imports.test_uploading import work_off
from tests.sampling import LONG

HERE = Path(__file__).parent
CASES: dict[str, dict[str, Any]] = {
    name: case for path in sorted(HERE.glob("*.toml")) for name, case in tomllib.loads(path.read_text("utf-8")).items()
} | {name: {"book": make} | right for name, (make, right) in BOOKS.items()}
SAMPLE = sorted(CASES) if LONG else random.Random(11).sample(sorted(CASES), len(CASES) // 3)
AT_THE_DESK = random.Random(5).sample(sorted(CASES), len(CASES) if LONG else 8)
MOST = 2


def file_of(name: str, folder: Path) -> Path:
    case = CASES[name]
    path = folder / case.get("name", f"{name}.xlsx" if "book" in case else f"{name}.csv")
    path.write_bytes(
        case["book"]() if "book" in case else case["file"].lstrip("\n").encode(case.get("encoding", "utf-8"))
    )
    return path


def test_there_are_a_hundred_and_twenty_of_them():
    assert len(CASES) >= 120
    assert sum("right" in case or "people" in case for case in CASES.values()) >= 80


@pytest.mark.any_database
@pytest.mark.django_db
@pytest.mark.parametrize("name", SAMPLE)
def test_a_command_brings_a_file_in_right_or_asks(name, tmp_path):
    case, path = CASES[name], file_of(name, tmp_path)
    asked = questions(path, tmp_path)
    assert len(asked) <= MOST
    if not asked:
        try:
            import_ = run(case.get("kind", "orders"), path)
        except HabitueError as error:
            asked = [error.message]
    if asked:
        assert case.get("ask") or case.get("may_ask"), asked
        return
    assert not case.get("ask"), "nothing was asked"
    assert wrong(case, import_) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", AT_THE_DESK)
def test_the_desk_brings_a_file_in_right_or_asks(name, tmp_path):
    case = CASES[name]
    folder = uploading.uploads() / name[:32]
    folder.mkdir()
    path = file_of(name, folder)
    upload = uploading.receive(path, None)
    work_off()
    upload.refresh_from_db()
    asked = upload.about.get("guess", {}).get("questions") or upload.about.get("how", {}).get("doubts")
    if asked or upload.dry_run["state"] != uploading.DONE:
        assert case.get("ask") or case.get("may_ask"), (asked, upload.dry_run)
        return
    assert not case.get("ask"), "nothing was asked"
    assert upload.kind == case.get("kind", "orders")
    import_ = uploading.start(upload, None)
    work_off()
    import_.refresh_from_db()
    assert wrong(case, import_) == []


def questions(path: Path, folder: Path) -> list[str]:
    """Codes of what is asked of a file, and of what of it cannot be relied on."""
    try:
        rows = reading.read(path, folder)
        guessed = guess_of(rows)
    except HabitueError as error:
        return [error.message]
    doubts = [doubt["code"] for doubt in rows.how.get("doubts", ())]
    return [*(question.code for question in guessed.questions), *(of.code for of in guessed.refused), *doubts]


def wrong(case: dict[str, Any], import_: Import) -> list[str]:
    """What of the base is not as the case says."""
    wrong = _wrong_orders(case, import_) if "right" in case else _wrong_people(case)
    for key, stored in (
        ("names", Customer.objects.filter(kind="person")),
        ("organisations", Customer.objects.filter(kind="organisation")),
        ("products", Product.objects.exclude(name="")),
    ):
        if key in case and (names := sorted(stored.values_list("name", flat=True))) != case[key]:
            wrong.append(f"{key}: {names}")
    return wrong


def _wrong_orders(case: dict[str, Any], import_: Import) -> list[str]:
    received = dict(Order.objects.values_list("number", "amount"))
    kept = set(case.get("kept_back", ()))
    right = {number: amount for number, amount in case["right"].items() if number not in kept}
    returns = {number: amount for number, amount in received.items() if number in case.get("returns", {})}
    stored = {number: amount for number, amount in received.items() if number not in {*kept, *returns}}
    wrong = [] if stored == right else [f"received {stored}"]
    wrong += [] if returns.items() <= case.get("returns", {}).items() else [f"returns {returns}"]
    if kept or case.get("returns", {}).keys() - returns:
        wrong += [] if import_.rejections.exists() or kept <= received.keys() else ["nothing is kept back"]
    for number, buyer in case.get("buyers", {}).items():
        order = Order.objects.select_related("buyer").get(number=number)
        reference = order.buyer.reference if order.buyer else ""
        wrong += [] if reference == buyer else [f"{number} of {reference}"]
    days = {number: str(day) for number, day in Order.objects.values_list("number", "placed_on")}
    return wrong + [
        f"{number} on {days[number]}" for number, day in case.get("days", {}).items() if days[number] != day
    ]


def _wrong_people(case: dict[str, Any]) -> list[str]:
    stored = {one.name: one for one in Customer.objects.unmerged().filter(kind="person")}
    if stored.keys() != case["people"].keys():
        return [f"people: {sorted(stored)}"]
    facts = (
        (name, fact, value, ABOUT[fact](stored[name]))
        for name, said in case["people"].items()
        for fact, value in said.items()
    )
    return [f"{name}: {fact} is {now}" for name, fact, value, now in facts if now != value]


def _points(customer: Customer, kind: str) -> list[ContactPoint]:
    return list(customer.contact_points.filter(kind=kind).order_by("value"))


ABOUT: dict[str, Any] = {
    "reference": lambda one: one.reference,
    "emails": lambda one: [point.value for point in _points(one, "email")],
    "phones": lambda one: [point.value for point in _points(one, "phone")],
    "addresses": lambda one: [f"{p.street}, {p.postcode} {p.city}" for p in _points(one, "address")],
    "countries": lambda one: [point.country for point in _points(one, "address")],
    "born": lambda one: str(one.born_on) if one.born_on else one.birthday,
    "works_for": lambda one: Relation.objects.get(kind="employer", of=one).to.name,
    "tags": lambda one: sorted(Tagging.objects.filter(customer=one).values_list("tag__name", flat=True)),
}
