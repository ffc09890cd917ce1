"""The guess where it is used: the columns that the desk proposes, and the mapping of a command that can ask nobody."""

from __future__ import annotations

import pytest

from habitue.imports import uploading
from habitue.imports.importing import run
from habitue.purchases.models import Order
from tests.imports.conftest import refusal
from tests.imports.test_uploading import work_off

pytestmark = pytest.mark.django_db(transaction=True)
LINE = "Order number,Customer ID,Date,SKU"


def uploaded(name: str, *lines: str):
    folder = uploading.uploads() / name
    folder.mkdir()
    path = folder / f"{name}.csv"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    row = uploading.receive(path, None)
    work_off()
    row.refresh_from_db()
    return row


def test_the_desk_proposes_what_cells_and_headings_say_and_keeps_why():
    row = uploaded("paid", f"{LINE},Amount,Paid", "1,K1,2024-03-13,S,10.00,yes", "2,K2,2024-03-14,T,11.00,no")
    assert row.kind == "orders"
    assert row.mapping["columns"]["amount"] == "Amount"
    assert "paid" not in row.mapping["columns"]
    assert row.about["guess"]["facts"]["amount"]["confidence"] == "sure"
    assert row.dry_run["state"] == uploading.DONE


def test_the_desk_keeps_the_question_that_it_takes_the_likeliest_answer_to():
    rows = ("1,K1,2024-03-13,S,12,6.95", "2,K2,2024-03-13,T,2,2.55")
    row = uploaded("price", f"{LINE},Quantity,Price", *rows)
    assert row.dry_run["state"] == uploading.DONE
    assert row.about["guess"]["questions"][0]["code"] == "unit_price"


def test_an_orders_export_with_addresses_is_no_file_of_customers():
    headings = "Name,Email,Created at,Total,Lineitem quantity,Lineitem name,Lineitem price,Billing Name,Billing City"
    rows = (
        "#1001,anne@example.org,2024-03-01,50.00,2,Savon,15.00,Anne Petit,Lyon",
        "#1001,anne@example.org,,,1,Bougie,20.00,,",
    )
    assert (
        uploaded("shop", headings, *rows, "#1002,paul@example.org,2024-03-02,30.00,1,Sac,30.00,Paul Roy,Lyon").kind
        == "orders"
    )


def test_lists_of_products_and_of_promotions_are_known_by_their_headings():
    assert uploaded("goods", "SKU,Product name,Category", "S,Savon,Bain", "B,Bougie,Maison").kind == "products"
    rows = ("P1,S,2024-05-01,2024-05-07", "P2,B,2024-05-02,2024-06-01")
    assert uploaded("offers", "Promotion,SKU,Start date,End date", *rows).kind == "promotions"


def test_a_command_takes_prices_times_quantities_that_make_the_total_with_shipping(write):
    headings = f"{LINE},Quantity,Unit price,Subtotal,Shipping,Order total,Status"
    rows = ("1,K1,2024-03-13,S,2,15.00,50.00,4.90,54.90,paid", "1,K1,2024-03-13,T,1,20.00,50.00,4.90,54.90,paid")
    more = ("2,K2,2024-03-14,S,1,15.00,15.00,0.00,15.00,cancelled", "3,K2,2024-03-15,T,3,20.00,60.00,5.00,65.00,paid")
    run("orders", write(*rows, *more, headings=headings))
    assert dict(Order.objects.values_list("number", "amount")) == {"1": 5490, "3": 6500}


def test_lines_that_do_not_make_the_total_keep_the_order_back(write):
    headings = f"{LINE},Quantity,Unit price,Order total"
    rows = [f"{at},K1,2024-03-{at:02d},{line},{at},10.00,{at * 20}.00" for at in range(1, 9) for line in "ST"]
    import_ = run("orders", write(*rows, "9,K1,2024-03-09,S,1,10.00,99.00", headings=headings))
    assert not Order.objects.filter(number="9").exists()
    assert import_.rejected == 1


def test_a_discount_in_percent_is_a_rate_of_the_list_price(write):
    rows = ("1,K1,2024-03-13,S,27.00,10", "2,K2,2024-03-14,T,30.00,0", "3,K2,2024-03-15,T,16.00,20")
    run("orders", write(*rows, headings=f"{LINE},Amount,Discount %"))
    assert dict(Order.objects.values_list("number", "gross")) == {"1": 3000, "2": 3000, "3": 2000}


def test_a_command_refuses_with_the_question_what_could_be_read_in_two_ways(write):
    path = write("1,K1,2024-03-13,S,12,6.95", "2,K2,2024-03-13,T,2,2.55", headings=f"{LINE},Quantity,Price")
    english, french = refusal("orders", path)
    assert "price of one" in english
    assert "prix d’une unité" in french
    assert not Order.objects.exists()


def test_headings_on_other_columns_are_refused_by_a_command(write):
    rows = [f"S{at % 3},2024-03-{at:02d},{at}.50,{at},K{at % 5}" for at in range(1, 20)]
    english, _french = refusal("orders", write(*rows, headings="Date,Amount,SKU,Customer ID,Order number"))
    assert "Some headings stand above other cells" in english
