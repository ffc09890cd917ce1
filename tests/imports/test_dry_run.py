"""A dry run counts what the import counts, and writes nothing."""

from __future__ import annotations

import random

import pytest
from django.apps import apps
from django.db import DatabaseError, connection

from habitue.customers.models import CustomField
from habitue.imports import dry_run
from habitue.imports.importing import run
from habitue.imports.kinds import NAMES
from tests.imports.small_files import write_small_file

COUNTS = ("rows", "created", "updated", "unchanged", "rejected")


def everything() -> list:
    models = [model for model in apps.get_models() if model._meta.app_label in ("customers", "purchases", "imports")]
    return [list(model._default_manager.order_by("pk").values_list()) for model in models]


def orders(chance: random.Random, count: int) -> list[str]:
    """Sales, refunds of them before and after, of too much, of refunds, of others' orders, of none; bad rows."""
    rows = []
    for at in range(count):
        buyer, amount = f"C{at % 9}", "oops" if at % 17 == 3 else f"{chance.randrange(1, 50)}.50"
        rows.append(f"A{at},{buyer},2024-01-{at % 28 + 1:02},p{at % 7},{amount},")
        if at % 3 == 0:
            of = chance.choice([f"A{at}", f"A{chance.randrange(count)}", f"R{chance.randrange(count)}", "none"])
            whose = chance.choice([buyer, "C0"])
            rows.append(f"R{at},{whose},2024-02-{at % 28 + 1:02},p1,{chance.randrange(1, 30)},{of}")
    chance.shuffle(rows)
    return rows


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_the_counts_of_orders_are_those_of_the_import(write, monkeypatch, seed):
    monkeypatch.setattr(dry_run, "ROWS_AT_ONCE", 40)
    headings = "order,customer,date,product,amount,refund of"
    lines = orders(random.Random(seed), 150)
    run("orders", write(*lines[:60], headings=headings, name="before.csv"))
    path = write(*lines, headings=headings)
    before = everything()
    result = dry_run.run("orders", path, None)
    assert everything() == before
    import_ = run("orders", path, rows_at_once=40)
    assert {name: result[name] for name in COUNTS} == {name: getattr(import_, name) for name in COUNTS}
    assert import_.rejections.filter(code="refund_too_much").exists()
    assert import_.unchanged > 20
    codes = dict.fromkeys(import_.rejections.values_list("code", flat=True))
    assert result["reasons"] == {code: import_.rejections.filter(code=code).count() for code in codes}


@pytest.mark.django_db
def test_the_counts_of_customers_are_those_of_the_import(write, monkeypatch):
    monkeypatch.setattr(dry_run, "ROWS_AT_ONCE", 25)
    CustomField.objects.create(code="sponsor", label="Sponsor", type="customer")
    headings = "reference,name,email,phone,country,tags,sponsor"

    def line(at: int, name: str) -> str:
        sponsor = "X9" if at % 11 == 4 else f"C{at - 4}" if at % 6 == 0 and at else ""
        country = "Nowhere" if at % 7 == 3 else "FR"
        return (
            f"C{at},{name} {at},{name}{at % 30}@x.fr,061234{at % 40:04},{country},{'VIP' if at % 2 else ''},{sponsor}"
        )

    run("customers", write(*(line(at, "Ada") for at in range(0, 120, 4)), headings=headings, name="before.csv"))
    path = write(*(line(at, "Ada" if at % 8 else "Eve") for at in range(120)), headings=headings)
    before = everything()
    result = dry_run.run("customers", path, None)
    assert everything() == before
    assert result["alike"] > 30
    assert result["changes"]
    import_ = run("customers", path, rows_at_once=25)
    assert {name: result[name] for name in COUNTS} == {name: getattr(import_, name) for name in COUNTS}
    assert min(result[name] for name in COUNTS) > 0
    assert result["notes"] == import_.notes != {}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", NAMES)
def test_the_counts_of_every_kind_are_those_of_the_import_also_when_rows_are_there(kind, tmp_path):
    """Outside a transaction, as the worker runs it: PostgreSQL gives no locks there."""
    path = write_small_file(kind, tmp_path)
    for _again in range(2):
        result = dry_run.run(kind, path, None)
        import_ = run(kind, path)
        assert {name: result[name] for name in COUNTS} == {name: getattr(import_, name) for name in COUNTS}
        later = path.read_text().replace("flyer", "poster").replace("gold", "silver")
        path.write_text(f"{later}\n", encoding="utf-8")  # with another digest: the same file is not imported twice


@pytest.mark.django_db(transaction=True)
def test_a_writer_that_forgets_the_dry_run_is_stopped_by_the_database(write, monkeypatch):
    from habitue.imports.writing import upserting
    from habitue.purchases.models import Product

    def forgetful(run, chunk):
        Product.objects.create(reference="written")
        return upserting.Outcome()

    monkeypatch.setattr(upserting, "write", forgetful)
    path = write("P1,Bread,", headings="sku,name,category", name="products.csv")
    with pytest.raises(DatabaseError):
        dry_run.run("products", path, None)
    assert not Product.objects.exists()
    Product.objects.create(reference="afterwards")
    assert connection.is_usable()


@pytest.mark.django_db
def test_what_a_dry_run_has_prepared_serves_the_import(write, home):
    path = write("C1,Ada,0612345678", headings="reference,name,phone", name="people.csv")
    dry_run.run("customers", path, None)
    (folder,) = (home / "imports").glob("staging-*")
    assert list(folder.rglob("points-*.json"))
    assert run("customers", path).created == 1
    assert not folder.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("N1,Somebody,ADA@x.fr,,", "email"),
        ("N1,Roux Ada,,+33 6 12 34 56 78,", "phone"),
        ("N1,ADA ROUX,,,1985-12-10", "born"),
        ("N1,Bo Roux,,06 12 34 56 78,", None),
        ("N1,Ada Roux,,,1990-01-01", None),
    ],
)
def test_who_may_be_there_already_is_told_with_the_sign(write, line, why):
    headings = "reference,name,email,phone,birthday"
    run("customers", write("C1,Ada Roux,ada@x.fr,0612345678,1985-12-10", headings=headings, name="one.csv"))
    result = dry_run.run("customers", write(line, headings=headings, name="two.csv"), None)
    assert [double[2] for double in result["doubles"]] == ([why] if why else [])


@pytest.mark.django_db
def test_a_line_that_resembles_an_earlier_one_of_the_file_is_told(write, monkeypatch):
    monkeypatch.setattr(dry_run, "ROWS_AT_ONCE", 2)
    lines = ("C1,Ada,a@x.fr", "C2,Bo,b@x.fr", "C3,Cy,A@X.FR", "C4,Di,", "C5,Eve,a@x.fr")
    result = dry_run.run("customers", write(*lines, headings="reference,name,email"), None)
    assert [(line, why, pk, other) for line, _name, why, pk, other in result["doubles"]] == [
        (4, "email", None, "2"),
        (6, "email", None, "2"),
    ]
