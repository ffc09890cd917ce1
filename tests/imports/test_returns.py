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
BACK = "R1;C1;2024-03-09;jam;-2;4,00"  # two at once were never bought
OF_A1 = "R1;C1;2024-03-09;jam;-1;4,00"


def file_of(write, *rows, name="orders.csv"):
    return write(*rows, headings=HEADINGS, name=name)


@pytest.mark.parametrize("row", [BACK, "R1;C1;2024-03-09;jam;2;-4,00", "R1;C1;2024-03-09;jam;2;(4,00)"])
def test_a_negative_order_among_sales_is_a_return_of_its_buyer(write, row):
    import_ = bring(file_of(write, *SALES, row), DATA)
    assert (import_.created, import_.rejected) == (4, 0)
    assert received() == {"A1": 900, "A2": 250, "A3": 1200, "R1": -800}
    back = Order.objects.get(number="R1")
    assert (back.refund_of, back.buyer.reference, back.is_refund) == (None, "C1", True)
    assert lines()["R1"] == [("jam", -2000, -800, -800)]
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
    later = bring(file_of(write, *SALES, BACK.replace("-2;", "-4;"), more, name="later.csv"), data)
    assert (later.unchanged, later.created, later.updated) == (4, 0, 1)
    assert received()["R1"] == -1600
    undo(later)
    undo(again)
    assert everything() == before


def test_nothing_is_given_back_of_a_return(write):
    data = DATA | {"columns": DATA["columns"] | {"refund_of": "of"}}
    rows = [f"{row};" for row in (*SALES, BACK)] + ["R2;C1;2024-03-10;jam;-1;4,00;R1"]
    import_ = bring(write(*rows, headings=HEADINGS + ";of"), data)
    assert import_.rejections.get().code == "refund_of_refund"
    assert "R2" not in received()


def tied() -> dict[str, str | None]:
    return dict(Order.objects.filter(amount__lt=0).values_list("number", "refund_of__number"))


def test_a_return_is_tied_to_the_one_sale_that_it_can_be_of(write):
    import_ = bring(file_of(write, OF_A1, *SALES), DATA)
    assert tied() == {"R1": "A1"}
    assert dict(Order.objects.kept(Order.objects.get(number="R1").placed_on).values_list("number", "amount")) == {
        "A1": 900, "A2": 250, "A3": 1200,
    }  # fmt: skip
    undo(import_)
    assert list(Order.objects.values_list("number", flat=True)) == []


def test_a_return_is_tied_to_a_sale_that_an_earlier_file_brought(write):
    bring(file_of(write, *SALES), DATA)
    more = ("A5;C2;2024-03-10;bread;3;2,50", "A6;C1;2024-03-10;bread;7;2,50", "A7;C1;2024-03-10;bread;8;2,50")
    bring(file_of(write, *more, "R1;C2;2024-03-11;bread;-1;2,50", name="week2.csv"), DATA)
    assert tied() == {"R1": "A2"}
    day = Order.objects.get(number="R1").placed_on
    assert not Order.objects.kept(day).filter(number="A2").exists(), "all of it was given back"


@pytest.mark.parametrize(
    "also",
    [
        "A4;C1;2024-03-08;jam;1;4,00",  # bought twice: either may be meant
        "R2;C1;2024-03-08;jam;-1;4,00",  # the first return is of it
    ],
)
def test_where_two_can_be_meant_it_stays_a_return_of_its_buyer(write, also):
    sales = (*SALES, "A8;C2;2024-03-01;bread;5;2,50", "A9;C2;2024-03-01;bread;6;2,50")
    bring(file_of(write, *sales, also, OF_A1), DATA)
    assert tied()["R1"] is None


@pytest.mark.parametrize(
    "row",
    [
        "R1;C2;2024-03-09;jam;-1;4,00",  # of somebody else
        "R1;C1;2024-03-04;jam;-1;4,00",  # before the sale
        "R1;C1;2024-03-09;jam;-1;3,90",  # of another amount
        "R1;C1;2024-03-09;bread;-1;4,00",  # of another product
    ],
)
def test_a_return_that_differs_in_one_thing_is_not_tied(write, row):
    bring(file_of(write, *SALES, row), DATA)
    assert tied() == {"R1": None}


def test_all_lines_of_a_return_are_of_its_sale(write):
    lines = ("R1;C1;2024-03-09;jam;-1;4,00", "R1;C1;2024-03-09;bread;-2;2,50")
    bring(file_of(write, *SALES, *lines), DATA)
    assert tied() == {"R1": "A1"}
    other = ("R2;C1;2024-03-09;jam;-3;4,00", "R2;C1;2024-03-09;bread;-1;9,90")
    more = [f"B{at};C2;2024-03-0{at};tea;1;1,00" for at in range(1, 5)]
    bring(
        file_of(write, *more, *other, name="more.csv"), DATA | {"amounts": DATA["amounts"] | {"negative": "returned"}}
    )
    assert tied()["R2"] is None


def test_no_more_is_tied_to_a_sale_than_it_sold(write):
    twice = ("R1;C1;2024-03-09;bread;-1;2,50", "R1;C1;2024-03-09;bread;-1;2,50")
    one = ("A1;C1;2024-03-05;bread;1;2,50", "A1;C1;2024-03-05;jam;1;4,00", "A2;C2;2024-03-06;bread;1;2,50")
    bring(file_of(write, *one, "A3;C2;2024-03-06;bread;1;2,50", *twice), DATA)
    assert tied() == {"R1": None}
    bring(file_of(write, *[row.replace("A1;C1", "B1;C3") for row in (*one[:2], one[0])],
                  *[row.replace("R1;C1", "R2;C3") for row in twice], "A2;C2;2024-03-06;bread;1;2,50",
                  "A3;C2;2024-03-06;bread;1;2,50", name="more.csv"), DATA)  # fmt: skip
    assert tied() == {"R1": None, "R2": "B1"}


def test_the_next_export_may_change_a_return_that_was_tied(write):
    data = DATA | {"source": {"name": "till"}}
    bring(file_of(write, *SALES, OF_A1), data)
    later = bring(file_of(write, *SALES, OF_A1.replace("4,00", "3,50"), name="later.csv"), data)
    assert (later.updated, received()["R1"], tied()) == (1, -350, {"R1": "A1"})
