from __future__ import annotations

import pytest

from habitue.purchases.models import Order
from tests.imports.conftest import HEADINGS, reasons

pytestmark = pytest.mark.django_db
WITH_REFUNDS = HEADINGS + ",refund of"
SALE = "A1,C1,2024-03-05,bread,2,5.00,"


@pytest.fixture
def refunds(bring_in):
    return lambda *lines, **options: bring_in(*lines, headings=WITH_REFUNDS, **options)


@pytest.mark.parametrize("line", ["R1,C1,2024-03-09,bread,-1,-2.50,A1", "R1,C1,2024-03-09,bread,1,2.50,A1"])
def test_a_refund_is_negative_and_linked_whichever_way_it_is_written(refunds, line):
    refunds(SALE, line)
    refund = Order.objects.get(number="R1")
    assert refund.refund_of.number == "A1"
    assert (refund.gross, refund.amount, refund.paid) == (-250, -250, -250)
    assert refund.lines.get().quantity == -1000


def test_a_refund_may_stand_before_its_order(refunds):
    import_ = refunds("R1,C1,2024-03-09,bread,1,2.50,A1", SALE)
    assert (import_.created, import_.rejected) == (2, 0)
    assert Order.objects.get(number="R1").refund_of.number == "A1"


def test_a_refund_of_an_order_that_is_stored_already_is_linked(refunds):
    refunds(SALE)
    import_ = refunds("R1,C1,2024-03-09,bread,1,2.50,A1", name="refunds.csv")
    assert (import_.created, Order.objects.get(number="R1").refund_of.number) == (1, "A1")
    again = refunds("R1,C1,2024-03-09,bread,-1,-2.50,A1", name="again.csv")
    assert (again.created, again.unchanged) == (0, 1)


def test_the_discounts_of_a_refund_are_given_back_too(bring_in):
    bring_in(
        "A1,C1,2024-03-05,bread,2,4.50,0.50,", "R1,C1,2024-03-06,bread,2,-4.50,0.50,A1",
        headings=HEADINGS + ",discount,refund of",
    )  # fmt: skip
    refund = Order.objects.get(number="R1")
    assert (refund.gross, refund.amount, refund.paid) == (-500, -450, -450)
    assert refund.lines.get().discounts == {"discount": -50}
    sale = Order.objects.get(number="A1")
    assert (sale.gross + refund.gross, sale.amount + refund.amount, sale.paid + refund.paid) == (0, 0, 0)


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("R1,C1,2024-03-09,bread,1,2.50,A9", "refund_of_unknown", ["A9"]),
        ("R1,C2,2024-03-09,bread,1,2.50,A1", "refund_other_buyer", ["C1", "C2"]),
        ("R1,C1,2024-03-09,bread,3,7.50,A1", "refund_too_much", ["A1"]),
        ("R1,C1,2024-03-09,bread,1,2.50,R1", "itself", []),
        ("A2,C1,2024-03-09,bread,1,2.50,R0", "refund_of_refund", ["R0"]),
    ],
)
def test_a_refund_that_cannot_be_is_rejected_with_the_reason(refunds, line, code, words):
    refunds(SALE, "R0,C1,2024-03-06,bread,1,0.50,A1")
    import_ = refunds(line, name="refunds.csv")
    assert (import_.created, import_.rejections.get().code) == (0, code)
    assert all(word in said for said in reasons(import_)[0] for word in words)


def test_refunds_together_cannot_give_back_more_than_was_paid(refunds):
    import_ = refunds(SALE, *(f"R{at},C1,2024-03-0{at},bread,1,2.00,A1" for at in range(6, 9)))
    assert import_.created == 3
    rejection = import_.rejections.get()
    assert (rejection.line, rejection.code) == (5, "refund_too_much")
    english, french = reasons(import_)[0]
    assert "€2.00 would be refunded" in english
    assert "€1.00 is left" in english
    assert "1,00\u00a0€" in french


def test_a_refund_in_another_currency_is_rejected(bring_in):
    import_ = bring_in(
        "A1,C1,2024-03-05,bread,2,5.00,,EUR", "R1,C1,2024-03-09,bread,1,2.50,A1,USD",
        headings=WITH_REFUNDS + ",currency",
    )  # fmt: skip
    assert import_.rejections.get().code == "refund_other_currency"


def test_a_refund_with_amounts_of_both_signs_is_rejected_whole(refunds):
    import_ = refunds(SALE, "R1,C1,2024-03-09,bread,-1,-2.50,A1", "R1,C1,2024-03-09,jam,1,1.00,A1")
    assert import_.created == 1
    assert list(import_.rejections.values_list("line", "code")) == [(3, "signs_mixed"), (4, "kept_back")]


def test_the_refund_of_an_order_that_was_rejected_is_rejected_and_both_come_in_corrected(refunds):
    import_ = refunds("A1,C1,2024-03-05,bread,2,five,", "R1,C1,2024-03-09,bread,1,2.50,A1")
    assert sorted(import_.rejections.values_list("code", flat=True)) == ["number_unreadable", "refund_of_unknown"]
    assert refunds(SALE, "R1,C1,2024-03-09,bread,1,2.50,A1", name="corrected.csv").created == 2
