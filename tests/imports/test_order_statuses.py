"""Small files of orders and what is right: statuses, money given back, and the next export of the same source."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from habitue.customers.models import Customer
from habitue.customers.placeholders import is_placeholder
from habitue.events.models import Change, EventSubject
from habitue.imports import dry_run, undoing, wording
from habitue.imports.importing import run
from habitue.imports.mappings.mapping import from_data
from habitue.imports.models import Import
from habitue.purchases.models import Order, OrderLine, Product
from tests.imports.bringing import COLUMNS, bring, everything, lines, received
from tests.imports.conftest import refusal

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
HEADINGS = "order,customer,date,sku,amount,status,back"
STATUS = COLUMNS | {"amount": "amount", "status": "status"}
BACK = STATUS | {"refunded": "back"}


def test_only_sales_count_and_what_is_none_is_told_apart(write):
    states = ("completed", "cancelled", "refunded", "pending payment", "failed", "Terminée", "Annulée")
    rows = (f"{at},C{at},2024-03-13,S,{at}0,{state}," for at, state in enumerate(states, 1))
    import_ = bring(write(*rows, headings=HEADINGS), {"columns": STATUS})
    assert received() == {"1": 1000, "3": 3000, "3/R": -3000, "6": 6000}
    assert import_.findings == {"not_a_sale": 3, "not_yet": 1}
    assert import_.rejected == 0
    assert Customer.objects.count() == 3
    assert wording.findings(import_)[:2] == ["3 orders are no sales.", "1 order is not paid yet."]


def test_a_status_that_nobody_knows_is_asked_about_with_all_of_them(write):
    path = write(
        "1,C1,2024-03-13,S,10,zzz,", "2,C1,2024-03-13,S,10,paid,", "3,C1,2024-03-13,S,10,Étrange,", headings=HEADINGS
    )
    for said in refusal("orders", path, from_data("orders", {"columns": STATUS})):
        assert "“zzz”" in said
        assert "“Étrange”" in said
        assert "[statuses]" in said
        assert "paid" not in said.split("[statuses]")[0]
    bring(path, {"columns": STATUS, "statuses": {"zzz": "sale", "étrange": "not_yet", "paid": "not_a_sale"}})
    assert received() == {"1": 1000}


def test_an_order_without_any_status_is_kept_back_unless_the_mapping_says_what_none_means(write):
    path = write("1,C1,2024-03-13,S,10,,", "2,C1,2024-03-13,S,10,paid,", "2,C1,2024-03-13,T,5,,", headings=HEADINGS)
    import_ = bring(path, {"columns": STATUS})
    assert received() == {"2": 1500}
    assert import_.rejections.get().column == "status"
    bring(path, {"columns": STATUS, "statuses": {"": "sale"}}, source="other")
    assert received() == {"1": 1000, "2": 1500}


def test_what_is_no_sale_is_not_judged(write):
    import_ = bring(write("1,C1,never,S,oops,cancelled,", headings=HEADINGS), {"columns": STATUS})
    assert (import_.rejected, import_.findings) == (0, {"not_a_sale": 1})


def test_an_amount_given_back_is_a_refund_with_its_day_and_without_goods(write):
    columns = BACK | {"refunded_at": "day"}
    rows = (
        "1,C1,2024-03-01,S,20,paid,5.01,2024-03-09",
        "1,C1,2024-03-01,T,10,paid,5.01,",
        "2,C1,2024-03-01,S,20,paid,0,",
    )
    bring(write(*rows, headings=HEADINGS + ",day"), {"columns": columns})
    assert received() == {"1": 3000, "1/R": -501, "2": 2000}
    assert lines()["1/R"] == [("S", 0, -334, -334), ("T", 0, -167, -167)]
    refund = Order.objects.get(number="1/R")
    assert (refund.refund_of.number, refund.placed_on) == ("1", dt.date(2024, 3, 9))


def test_all_given_back_brings_the_goods_back_too(write):
    headings = "order,customer,date,sku,qty,price,shipping,status,back,off"
    rows = ("1,C1,2024-03-01,S,2,10,4.90,partially refunded,21.90,3", "1,,,T,1,0,,,,")
    data = {
        "columns": COLUMNS | {"quantity": "qty", "unit_price": "price", "shipping": "shipping", "status": "status",
                              "refunded": "back"},
        "amounts": {"rule": "quantity_x_unit_price"}, "discounts": {"off": {"column": "off", "rule": "order"}},
    }  # fmt: skip
    bring(write(*rows, headings=headings), data)
    assert received() == {"1": 2190, "1/R": -2190}
    assert lines()["1/R"] == [("S", -2000, -2000, -1700), ("T", -1000, 0, 0), ("(shipping)", -1000, -490, -490)]
    assert OrderLine.objects.get(order__number="1/R", product__reference="S").discounts == {"off": -300}
    assert not Order.objects.kept(dt.date(2024, 3, 31)).exists()


def test_more_given_back_than_was_paid_keeps_the_order_back(write):
    import_ = bring(write("1,C1,2024-03-01,S,20,paid,20.01", headings=HEADINGS), {"columns": BACK})
    assert received() == {}
    assert import_.rejections.get().code == "back_too_much"


def test_an_order_that_is_refused_takes_its_refund_with_it(write):
    bring(write("1,C1,2024-03-01,S,20,paid,", headings=HEADINGS), {"columns": BACK}, source="one")
    path = write("1,C1,2024-03-01,S,30,paid,5", headings=HEADINGS, name="other.csv")
    import_ = bring(path, {"columns": BACK}, source="two", rows_at_once=1)
    assert received() == {"1": 2000}
    assert list(import_.rejections.values_list("code", flat=True)) == ["order_differs"]


# The next export of the same source.


def test_the_next_export_changes_orders_and_says_what_was_and_what_is(write):
    first = ("1,C1,2024-03-01,S,20,paid,", "2,C2,2024-03-01,S,10,pending,", "3,C3,2024-03-01,S,10,paid,")
    bring(write(*first, headings=HEADINGS), {"columns": BACK})
    old = Order.objects.get(number="1")
    second = ("1,C9,2024-03-01,S,25,paid,", "1,C9,2024-03-01,T,5,paid,", "2,C2,2024-03-01,S,10,paid,",
              "3,C3,2024-03-01,S,10,paid,4", "4,C1,2024-03-08,S,1,paid,")  # fmt: skip
    path = write(*second, headings=HEADINGS, name="second.csv")
    result = dry_run.run("orders", path, from_data("orders", {"columns": BACK, "source": {"name": "shop"}}))
    assert result["changes"] == [
        ["1", {"buyer": ["C1", "C9"], "amount": ["€20.00", "€30.00"], "paid": ["€20.00", "€30.00"],
               "product": ["1 × S", "1 × S; 1 × T"]}],
    ]  # fmt: skip
    import_ = bring(path, {"columns": BACK})
    assert (import_.created, import_.updated, import_.unchanged) == (3, 1, 1)
    assert received() == {"1": 3000, "2": 1000, "3": 1000, "3/R": -400, "4": 100}
    changed = Order.objects.get(number="1")
    assert (changed.pk, changed.buyer.reference) == (old.pk, "C9")
    assert changed.changed_at > old.changed_at
    history = EventSubject.objects.filter(event=import_.event).values_list("customer__reference", flat=True)
    assert {"C1", "C9"} <= set(history)


def test_a_sale_that_is_cancelled_later_goes_and_the_undo_brings_it_back(write):
    bring(write("1,C1,2024-03-01,S,20,paid,5", "2,C1,2024-03-02,S,10,paid,", headings=HEADINGS), {"columns": BACK})
    before = everything()
    path = write("1,C1,2024-03-01,S,20,cancelled,", "2,C1,2024-03-02,S,10,paid,", headings=HEADINGS, name="second.csv")
    import_ = bring(path, {"columns": BACK})
    assert received() == {"2": 1000}
    assert (import_.updated, import_.findings) == (1, {"not_a_sale": 1})
    undoing.undo(import_)
    assert everything() == before


def test_money_that_was_not_given_back_after_all_is_there_again(write):
    bring(write("1,C1,2024-03-01,S,20,paid,5", headings=HEADINGS), {"columns": BACK})
    import_ = bring(write("1,C1,2024-03-01,S,20,paid,0", headings=HEADINGS, name="b.csv"), {"columns": BACK})
    assert received() == {"1": 2000}
    assert import_.updated == 1


def test_money_given_back_stays_where_the_next_export_does_not_speak_of_it(write):
    bring(write("1,C1,2024-03-01,S,20,paid,5", headings=HEADINGS), {"columns": BACK})
    bring(write("1,C1,2024-03-01,S,20,paid,", headings=HEADINGS, name="b.csv"), {"columns": STATUS})
    assert received() == {"1": 2000, "1/R": -500}


def test_another_source_changes_nothing(write):
    bring(write("1,C1,2024-03-01,S,20,paid,", headings=HEADINGS), {"columns": BACK})
    path = write("1,C1,2024-03-01,S,25,paid,", headings=HEADINGS, name="second.csv")
    import_ = bring(path, {"columns": BACK}, source="other")
    assert (received(), import_.rejections.get().code) == ({"1": 2000}, "order_differs")
    nobody = run("orders", path, from_data("orders", {"columns": BACK}))
    assert (received(), nobody.rejections.get().code) == ({"1": 2000}, "order_differs")


def test_the_same_number_with_another_moment_is_another_order(write):
    bring(write("1,C1,2024-03-01,S,20,paid,", headings=HEADINGS), {"columns": BACK})
    import_ = bring(write("1,C1,2025-03-01,S,20,paid,", headings=HEADINGS, name="b.csv"), {"columns": BACK})
    assert (received(), import_.rejections.get().code) == ({"1": 2000}, "order_differs")


def test_an_order_is_not_lowered_below_what_was_given_back_of_it_by_others(write):
    bring(write("1,C1,2024-03-01,S,20,paid,", headings=HEADINGS), {"columns": BACK})
    refund = write("R1,C1,2024-03-02,S,15,1", headings="order,customer,date,sku,amount,of", name="refund.csv")
    bring(refund, {"columns": COLUMNS | {"amount": "amount", "refund_of": "of"}}, source="till")
    import_ = bring(write("1,C1,2024-03-01,S,10,paid,", headings=HEADINGS, name="b.csv"), {"columns": BACK})
    assert (received(), import_.rejections.get().code) == ({"1": 2000, "R1": -1500}, "order_differs")
    gone = bring(write("1,C1,2024-03-01,S,10,cancelled,", headings=HEADINGS, name="c.csv"), {"columns": BACK})
    assert gone.rejections.get().code == "refunded_but_no_sale"
    assert received() == {"1": 2000, "R1": -1500}


ORDER = st.fixed_dictionaries(
    {
        "buyer": st.sampled_from(["C1", "C2", "C3", ""]),
        "lines": st.lists(
            st.tuples(st.sampled_from("STU"), st.integers(1, 3), st.integers(0, 2000)), min_size=1, max_size=3
        ),
        "status": st.sampled_from(["paid", "paid", "pending", "cancelled", "refunded"]),
        "shipping": st.sampled_from([0, 490]),
        "back": st.integers(0, 4),
        "off": st.integers(0, 3),
    }
)


def as_rows(orders: dict[int, dict[str, Any]]) -> list[str]:
    """What a shop exports of them: amounts of the order on its first line, as some tools write them."""
    rows = []
    for number, order in orders.items():
        goods = sum(count * price for _sku, count, price in order["lines"])
        off = goods * order["off"] // 10
        total = goods - off + order["shipping"]
        back = total * order["back"] // 4 if order["status"] == "paid" else 0
        for at, (sku, count, price) in enumerate(order["lines"]):
            once = (f"{v / 100:.2f}" if at == 0 else "" for v in (order["shipping"], total, back, off))
            rows.append(f"{number},{order['buyer']},2024-03-{number:02},{sku},{count},{price / 100:.2f},"
                        f"{order['status'] if at == 0 else ''},{','.join(once)}")  # fmt: skip
    return rows


WEEKLY = {
    "columns": COLUMNS | {"quantity": "qty", "unit_price": "price", "status": "status", "shipping": "shipping",
                          "order_total": "total", "refunded": "back"},
    "amounts": {"rule": "quantity_x_unit_price"}, "discounts": {"off": {"column": "off", "rule": "order"}},
    "date_format": "iso", "decimal": ".", "nobody": [""],
}  # fmt: skip
WEEKLY_HEADINGS = "order,customer,date,sku,qty,price,status,shipping,total,back,off"


@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    first=st.dictionaries(st.integers(1, 6), ORDER, min_size=1, max_size=5),
    edits=st.dictionaries(st.integers(1, 9), ORDER, max_size=5),
    rows_at_once=st.sampled_from([1, 20_000]),
)
def test_week_two_over_week_one_is_week_two_alone_and_its_undo_is_week_one(write, first, edits, rows_at_once):
    assume(as_rows(first) != as_rows(first | edits))
    for model in (OrderLine, Change, Import):
        model.objects.all().delete()
    Order.objects.filter(refund_of__isnull=False).delete()
    for model in (Order, Product, EventSubject, Customer):
        model.objects.all().delete()
    week_1 = write(*as_rows(first), headings=WEEKLY_HEADINGS, name="1.csv")
    week_2 = write(*as_rows(first | edits), headings=WEEKLY_HEADINGS, name="2.csv")
    alone = bring(week_2, WEEKLY)
    right = everything()
    assert alone.rejected == 0
    undoing.undo(alone)
    bring(week_1, WEEKLY)
    before = everything()
    import_ = bring(week_2, WEEKLY, rows_at_once=rows_at_once)
    assert everything() == right
    undoing.undo(import_)
    assert everything() == before


NOBODIES = ("Guest checkout", "Client occasionnel", "Invité", "Undefined", "Non renseigné", "#REF!", "0", "--", "NULL")


def test_orders_and_customers_know_the_same_placeholders(bring_in):
    """What a file of customers takes for nobody is nobody in a file of orders as well."""
    buyers = (*NOBODIES, "Zoé", "李明", "K-100")
    bring_in(*(f"{at},{buyer},2024-03-13,p,1,2.00" for at, buyer in enumerate(buyers)))
    assert all(map(is_placeholder, NOBODIES))
    assert set(Customer.objects.values_list("reference", flat=True)) == {"Zoé", "李明", "K-100"}
    assert Order.objects.filter(buyer=None).count() == len(NOBODIES)
