"""An import is taken back, updates included; the base is as before but for what people changed since."""

from __future__ import annotations

import hashlib
import json

import pytest
from django.apps import apps

from habitue.cli import main
from habitue.customers.models import ContactPoint, Customer, Tag
from habitue.events.journal import record
from habitue.imports.importing import run
from habitue.imports.models import Import
from habitue.imports.undoing import is_undone, preview, undo
from habitue.kernel.errors import HabitueError
from habitue.purchases.models import Order, Product
from habitue.segments import counting
from habitue.segments.models import Segment
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
AUDIT = {"event", "change", "eventsubject", "import", "rejection"}
CUSTOMERS = "reference,given name,last name,email,phone,street,postcode,city,tags"
RELATIONS = "customer,relation,related to,since"


def fingerprint() -> str:
    """Of every row of every table but the audit's, what is derived from others, and the queue."""
    digest = hashlib.sha256()
    for model in apps.get_models():
        label, recomputed = model._meta.app_label, getattr(model, "recomputed", False)
        if model._meta.model_name in AUDIT or recomputed or label == "django_q":
            continue
        digest.update(model._meta.label.encode())
        for row in model._default_manager.order_by("pk").values_list():
            digest.update(repr(row).encode())
    return digest.hexdigest()


@pytest.fixture
def base(write):
    """A base with customers, tags, orders, refunds and relations from files."""

    def bring(kind, headings, *lines, name):
        return run(kind, write(*lines, headings=headings, name=name))

    bring(
        "customers", CUSTOMERS, "C1,Ada,Roux,ada@x.fr,0612345678,1 rue A,69001,Lyon,VIP", "C2,Bo,Selin,,,,,,",
        "C3,Cy,Noir,cy@x.fr,,,,,", name="base.csv",
    )  # fmt: skip
    bring("orders", "order,customer,date,product,amount,refund of", "A1,C1,2024-01-05,bread,5,", name="old.csv")
    return bring


def test_customers_of_all_sorts_go_back_to_what_they_were(base):
    before = fingerprint()
    import_ = base(
        "customers", CUSTOMERS, "C1,Adèle,King,new@x.fr,0687654321,2 rue B,75001,Paris,VIP|Press",
        "C4,Di,Lect,di@x.fr,,,,,New",
        "C2,Bo,Selin,,,,,,Press", "C3,,,,,,,,", name="new.csv",
    )  # fmt: skip
    assert (import_.created, import_.updated, import_.unchanged) == (1, 2, 1)
    assert fingerprint() != before
    done = undo(import_)
    assert done.kept == []
    assert fingerprint() == before


@pytest.mark.parametrize(
    ("kind", "headings", "lines"),
    [
        ("orders", "order,customer,customer name,payer,ship to,date,product,category,amount,refund of",
         ["A2,C9,New,C1,C8,2024-02-05,milk,dairy,3,", "A2,C9,,,,2024-02-05,bread,,2,",
          "R1,C1,,,,2024-02-06,bread,,1,A1"]),
        ("relations", RELATIONS, ["C1,household,C2,2020-01-01", "C3,works for,C1,"]),
        ("products", "sku,name,category", ["bread,Rye,bakery", "jam,Jam,"]),
        ("promotions", "promotion,sku,start,end", ["P1,bread,2024-01-01,2024-01-31", "P2,oil,2024-01-01,2024-01-31"]),
        ("contracts", "contract,customer,start,period,amount", ["K1,C1,2024-05-01,30,5", "K2,C7,2024-05-01,30,5"]),
    ],
)  # fmt: skip
def test_every_kind_can_be_taken_back(base, kind, headings, lines):
    before = fingerprint()
    import_ = base(kind, headings, *lines, name="new.csv")
    assert import_.rejected == 0
    assert fingerprint() != before
    assert undo(import_).kept == []
    assert fingerprint() == before


def test_what_people_did_since_is_kept_and_told(base):
    import_ = base(
        "customers", CUSTOMERS, "C1,Adèle,King,,,,,,", "C4,Di,Lect,,,,,,", "C5,Eve,Lune,,,,,,", name="new.csv"
    )
    ada, di = Customer.objects.get(reference="C1"), Customer.objects.get(reference="C4")
    with record("customer.edited", customer=ada) as journal:
        journal.save(ada, family_name="Lovelace")
    factories.order(di, factories.AS_OF)
    previewed = preview(import_)
    done = undo(import_)
    assert [(k.pk, k.reason, k.name) for k in previewed.kept] == [(k.pk, k.reason, k.name) for k in done.kept]
    assert {(k.pk, k.reason, k.name, k.now) for k in done.kept} == {
        (ada.pk, "changed_since", "family_name", "Lovelace"),
        (di.pk, "in_use", "", None),
    }
    ada.refresh_from_db()
    assert (ada.given_name, ada.family_name, ada.name) == ("Ada", "Lovelace", "Ada Roux")
    assert set(Customer.objects.values_list("reference", flat=True)) == {"C1", "C2", "C3", "C4"}


def test_a_look_at_an_undo_changes_nothing(base):
    import_ = base("customers", CUSTOMERS, "C4,Di,Lect,,,,,,", name="new.csv")
    before = fingerprint()
    assert preview(import_).restored == 1
    assert fingerprint() == before
    assert not is_undone(Import.objects.get(pk=import_.pk))


def test_the_same_file_can_be_imported_again_and_undone_again(base):
    before = fingerprint()
    for _turn in range(2):
        import_ = base("customers", CUSTOMERS, "C4,Di,Lect,di@x.fr,,,,,Salon", name="new.csv")
        assert (import_.known_before, import_.created) == (False, 1)
        undo(import_)
        assert fingerprint() == before
    assert Import.objects.filter(file_name="new.csv").count() == 2
    assert not Tag.objects.filter(key="salon").exists()


def test_an_import_undone_through_the_journal_alone_can_be_imported_again(base):
    from habitue.events import undoing

    import_ = base("customers", CUSTOMERS, "C4,Di,Lect,,,,,,", name="new.csv")
    undoing.undo(import_.event)
    assert base("customers", CUSTOMERS, "C4,Di,Lect,,,,,,", name="new.csv").created == 1


def test_an_import_is_undone_once(base):
    import_ = base("customers", CUSTOMERS, "C4,Di,Lect,,,,,,", name="new.csv")
    undo(import_)
    with pytest.raises(HabitueError, match="undone already"):
        undo(import_)


@pytest.mark.parametrize("at", [0, 10])
def test_an_import_that_is_undone_while_it_goes_on_stops(write, at: int):
    path = write(*(f"C{at},Ada{at}" for at in range(40)), headings="reference,name", name="people.csv")

    def in_the_middle(done: int, _all: int) -> None:
        if done == at:
            undo(Import.objects.get())

    with pytest.raises(HabitueError, match="undone while it went on"):
        run("customers", path, progress=in_the_middle, rows_at_once=10)
    assert not Customer.objects.exists()
    assert run("customers", path).created == 40


def test_the_command_undoes_and_tells(base, capsys):
    before = fingerprint()
    import_ = base("customers", CUSTOMERS, "C1,Adèle,King,,,,,,", "C4,Di,Lect,,,,,,", name="new.csv")

    def habitue(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main(["undo-import", *arguments])
        return caught.value.code, *capsys.readouterr()

    code, out, _err = habitue(str(import_.pk), "--dry-run", "--json")
    assert code == 0, _err
    assert json.loads(out)["restored"] == 2
    assert fingerprint() != before
    assert habitue(str(import_.pk))[0] == 0
    assert fingerprint() == before
    assert habitue(str(import_.pk))[0] == 1
    code, _out, err = habitue("999999")
    assert (code, "new.csv" in err) == (1, True)


def test_orders_and_products_that_others_use_since_stay(base):
    import_ = base("orders", "order,customer,date,product,amount,refund of", "A2,C1,2024-02-05,milk,3,", name="two.csv")
    base("orders", "order,customer,date,product,amount,refund of", "R2,C1,2024-02-06,milk,1,A2", name="refund.csv")
    done = undo(import_)
    assert {(k.model, k.reason) for k in done.kept} == {("purchases.order", "in_use"), ("purchases.product", "in_use")}
    assert Order.objects.get(number="A2").lines.count() == 1
    assert Product.objects.filter(reference="milk").exists()
    assert ContactPoint.objects.exists()


def test_segments_follow_an_import_and_its_undoing(base):
    asked = {"tagged": {"what": "tag", "how": "has", "value": str(Tag.objects.get().pk)}}
    asked |= {"buyers": {"what": "bought", "how": "times", "times": 1}}
    for name, of in asked.items():
        counting.save(name, {"match": "all", "of": [of]})

    def sizes() -> dict[str, int]:
        return dict(Segment.objects.values_list("name", "size"))

    assert sizes() == {"tagged": 1, "buyers": 1}
    tagged = base("customers", CUSTOMERS, "C2,Bo,Selin,,,,,,VIP", name="tags.csv")
    assert sizes() == {"tagged": 2, "buyers": 1}
    bought = base(
        "orders", "order,customer,date,product,amount", "A2,C2,2024-01-05,bread,5", "A3,C3,2024-01-05,bread,5",
        name="new.csv",
    )  # fmt: skip
    assert sizes() == {"tagged": 2, "buyers": 3}
    undo(bought)
    undo(tagged)
    assert sizes() == {"tagged": 1, "buyers": 1}
