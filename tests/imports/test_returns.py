"""Returns of which no sale is named: orders whose amounts are all negative lower money and take no purchase away."""

from __future__ import annotations

import pytest

from habitue.imports.undoing import undo
from habitue.purchases.models import Order
from tests.imports.bringing import COLUMNS, bring, everything, lines, received
from tests.imports.conftest import reasons

pytestmark = pytest.mark.django_db
HEADINGS = "order;customer;date;sku;quantity;price"
DATA = {
    "columns": COLUMNS | {"quantity": "quantity", "unit_price": "price"},
    "amounts": {"rule": "quantity_x_unit_price"},
}
SALES = (
    "A1;C1;2024-03-05;bread;2;2,50", "A1;C1;2024-03-05;jam;1;4,00", "A2;C2;2024-03-06;bread;1;2,50",
    "A3;C1;2024-03-07;jam;3;4,00",
)  # fmt: skip
BACK = "R1;C1;2024-03-09;jam;-1;4,00"


def file_of(write, *rows, name="orders.csv"):
    return write(*rows, headings=HEADINGS, name=name)


@pytest.mark.parametrize("row", [BACK, "R1;C1;2024-03-09;jam;1;-4,00", "R1;C1;2024-03-09;jam;1;(4,00)"])
def test_a_negative_order_among_sales_is_a_return_of_its_buyer(write, row):
    import_ = bring(file_of(write, *SALES, row), DATA)
    assert (import_.created, import_.rejected) == (4, 0)
    assert received() == {"A1": 900, "A2": 250, "A3": 1200, "R1": -400}
    back = Order.objects.get(number="R1")
    assert (back.refund_of, back.buyer.reference, back.is_refund) == (None, "C1", True)
    assert lines()["R1"] == [("jam", -1000, -400, -400)]
    assert set(Order.objects.sales().values_list("number", flat=True)) == {"A1", "A2", "A3"}


def test_a_return_of_several_lines_is_one_and_takes_its_discounts_along(write):
    data = DATA | {"discounts": {"loyalty": "off"}}
    rows = [f"{row};0" for row in SALES] + ["R1;C1;2024-03-09;jam;-2;4,00;1,00", "R1;C1;2024-03-09;bread;-1;2,50;0"]
    bring(write(*rows, headings=HEADINGS + ";off"), data)
    assert received()["R1"] == -950
    assert lines()["R1"] == [("jam", -2000, -800, -700), ("bread", -1000, -250, -250)]


def test_an_order_with_both_signs_is_no_return(write):
    import_ = bring(file_of(write, *SALES, BACK, "B1;C2;2024-03-09;jam;1;4,00", "B1;C2;2024-03-09;jam;-2;4,00"), DATA)
    assert set(received()) == {"A1", "A2", "A3", "R1"}
    assert set(import_.rejections.values_list("code", flat=True)) == {"quantity_negative", "kept_back"}


def test_where_most_is_negative_nothing_says_that_it_was_returned(write):
    rows = [f"R{at};C1;2024-03-{at:02};jam;-1;4,00" for at in range(1, 4)]
    import_ = bring(file_of(write, *SALES, *rows), DATA)
    assert set(received()) == {"A1", "A2", "A3"}
    assert import_.findings["kept_back:EUR"] == -1200
    assert all("negative" in said or "négati" in said for said in reasons(import_)[0])
    said = DATA | {"amounts": DATA["amounts"] | {"negative": "returned"}}
    bring(file_of(write, *SALES, *rows, name="said.csv"), said)
    assert {number: amount for number, amount in received().items() if number[0] == "R"} == dict.fromkeys(
        ("R1", "R2", "R3"), -400
    )


def test_money_to_somebody_who_never_bought_is_kept_back(write):
    import_ = bring(file_of(write, *SALES, "R1;Landlord;2024-03-09;rent;-1;900,00"), DATA)
    assert set(received()) == {"A1", "A2", "A3"}
    assert import_.rejections.get().code == "quantity_negative"


def test_a_return_of_which_nothing_is_paid_back_is_kept_back(write):
    data = DATA | {"discounts": {"loyalty": "off"}}
    rows = [f"{row};0" for row in SALES] + ["R1;C1;2024-03-09;jam;-1;4,00;4,00"]
    import_ = bring(write(*rows, headings=HEADINGS + ";off"), data)
    assert import_.rejections.get().code == "nothing_returned"


def test_who_wants_them_kept_back_says_so(write):
    data = DATA | {"amounts": DATA["amounts"] | {"negative": "kept_back"}}
    assert bring(file_of(write, *SALES, BACK), data).rejections.get().code == "quantity_negative"


def test_the_next_export_changes_a_return_and_its_undo_brings_the_old_one_back(write):
    data = DATA | {"source": {"name": "till"}}
    bring(file_of(write, *SALES, BACK), data)
    before = everything()
    more = "A4;C2;2024-03-11;bread;1;2,50"
    again = bring(file_of(write, *SALES, BACK, more, name="again.csv"), data)
    assert (again.unchanged, again.created, again.updated) == (4, 1, 0)
    later = bring(file_of(write, *SALES, BACK.replace("-1;", "-2;"), more, name="later.csv"), data)
    assert (later.unchanged, later.created, later.updated) == (4, 0, 1)
    assert received()["R1"] == -800
    undo(later)
    undo(again)
    assert everything() == before


def test_nothing_is_given_back_of_a_return(write):
    data = DATA | {"columns": DATA["columns"] | {"refund_of": "of"}}
    rows = [f"{row};" for row in (*SALES, BACK)] + ["R2;C1;2024-03-10;jam;-1;4,00;R1"]
    import_ = bring(write(*rows, headings=HEADINGS + ";of"), data)
    assert import_.rejections.get().code == "refund_of_refund"
    assert "R2" not in received()
