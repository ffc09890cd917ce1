"""Relations, the roles on an order, and kinds that a later room declares."""

from __future__ import annotations

import pytest

from habitue.customers.models import Customer, Relation
from habitue.imports import dry_run
from habitue.imports import kind as kinds
from habitue.imports.importing import run
from habitue.imports.kind import Field, Kind, declare
from habitue.imports.mappings.guessing import guess_kind
from habitue.imports.undoing import undo
from habitue.purchases.models import Order, OrderLine, Product
from tests import factories

pytestmark = pytest.mark.django_db
LINKS = "customer,relation,related to,start,end"


@pytest.fixture
def relations(write):
    for reference in ("C1", "C2", "C3"):
        factories.customer(reference, reference)
    return lambda *lines, name="links.csv": run("relations", write(*lines, headings=LINKS, name=name))


def kept() -> set[tuple[str, str, str, str]]:
    rows = Relation.objects.values_list("of__reference", "kind", "to__reference", "first_day")
    return {(of, kind, to, str(day or "")) for of, kind, to, day in rows}


def test_relations_are_made_in_the_words_of_people_and_changed(relations):
    first = relations("C1,Works for,C2,2020-01-05,", "C3,same household,C1,,")
    assert (first.created, first.rejected) == (2, 0)
    assert kept() == {("C1", "employer", "C2", "2020-01-05"), ("C3", "household", "C1", "")}
    second = relations("C1,employer,C2,2021-01-05,", "C1,household,C3,,", "C2,travaille pour,C1,,", name="later.csv")
    assert (second.created, second.updated, second.unchanged) == (1, 1, 1)
    assert ("C1", "employer", "C2", "2021-01-05") in kept()
    assert len(kept()) == 3, "a household is the same from both sides"
    assert {relation.source for relation in Relation.objects.filter(of__reference="C2")} == {second.event}


def test_a_relation_of_somebody_merged_is_of_who_stands_for_them(relations):
    Customer.objects.filter(reference="C3").update(merged_into=Customer.objects.get(reference="C1"))
    import_ = relations("C3,employer,C2,,", "C1,employer,C3,,")
    assert kept() == {("C1", "employer", "C2", "")}
    assert import_.rejections.get().code == "relation_to_itself"


def test_who_pays_and_who_receives_is_kept(write):
    headings = "order,buyer,payer,ship to,date,product,amount,line recipient"
    lines = ("A1,C1,C2,C3,2024-03-05,bread,2,", "A1,,,,,milk,3,C4", "A2,C1,C1,C1,2024-03-05,bread,2,")
    import_ = run("orders", write(*lines, headings=headings))
    assert (import_.created, import_.rejected) == (2, 0)
    order = Order.objects.get(number="A1")
    assert (order.buyer.reference, order.payer.reference, order.recipient.reference) == ("C1", "C2", "C3")
    assert [line.recipient and line.recipient.reference for line in order.lines.order_by("position")] == [None, "C4"]
    plain = Order.objects.get(number="A2")
    assert (plain.payer, plain.recipient) == (None, None), "the buyer pays for themselves"
    again = run("orders", write(*lines[::-1], headings=headings, name="again.csv"))
    assert again.unchanged == 2
    other = run("orders", write(*(lines[0].replace("C3", "C9"), lines[1]), headings=headings, name="other.csv"))
    assert {rejection.code for rejection in other.rejections.all()} == {"order_differs", "kept_back"}


def test_an_order_without_roles_has_the_fingerprint_that_it_had(write):
    """Orders that are stored since before there were roles are known again."""
    plain = ("order,customer,date,product,quantity,amount", "A1,C1,2024-03-05,bread,1,2.50")
    run("orders", write(*plain[1:], headings=plain[0]))
    headings = plain[0] + ",payer,ship to"
    assert run("orders", write(plain[1] + ",,", headings=headings, name="roles.csv")).unchanged == 1


def test_a_refund_after_a_merge_is_of_the_same_buyer(write):
    headings = "order,customer,date,product,amount,refund of"
    run("orders", write("A1,C1,2024-03-05,bread,5,", headings=headings))
    kept_one, gone = factories.customer("Ada", "C2"), Customer.objects.get(reference="C1")
    Order.objects.update(buyer=kept_one)
    Customer.objects.filter(pk=gone.pk).update(merged_into=kept_one)
    assert run("orders", write("R1,C1,2024-03-06,bread,2,A1", headings=headings, name="refund.csv")).created == 1
    assert run("orders", write("R2,C9,2024-03-06,bread,2,A1", headings=headings, name="other.csv")).rejected == 1


@pytest.fixture
def shelves():
    """A kind as a later room declares it: its facts, and the model that has them."""
    fields = (
        Field("reference", "shelf", ("shelf",), limit=64, required=True),
        Field("name", "label", ("label",), limit=200),
        Field("family", "corner", ("corner",), limit=120),
    )
    yield declare(Kind("shelves", "shelves", fields, model="purchases.Product"))
    del kinds.KINDS["shelves"]


def test_a_later_room_adds_its_kind_as_one_declaration(write, shelves):
    assert guess_kind(["shelf", "label", "corner"]) == shelves
    path = write("S1,Upper,left", "S2,Lower,", "S3,,", headings="shelf,label,corner")
    result = dry_run.run("shelves", path, None)
    assert (result["created"], Product.objects.count()) == (3, 0)
    import_ = run("shelves", path)
    assert import_.created == 3
    changed = run("shelves", write("S1,Top,", "S2,Lower,", headings="shelf,label,corner", name="later.csv"))
    assert (changed.updated, changed.unchanged) == (1, 1)
    assert Product.objects.get(reference="S1").name == "Top"
    undo(changed)
    assert Product.objects.get(reference="S1").name == "Upper"
    undo(import_)
    assert not Product.objects.exists()
    assert not OrderLine.objects.exists()
