"""A sale is typed by hand at the desk, given back in part, and its return undone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from habitue.purchases.models import Order
from tests.browser.test_accessibility import barriers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("PICTURES")


def picture(page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_a_sale_is_typed_and_given_back_in_part(reader, width, scheme):
    somebody = reader(width=width, scheme=scheme)
    somebody.sign_in()
    page = somebody.page
    page.locator("table [data-row]").first.click()
    page.wait_for_url("**/customers/*/")
    page.get_by_role("link", name="New order", exact=True).click()
    page.wait_for_url("**/orders/new/**")
    page.fill("#id_product-0", "Soap")
    page.fill("#id_quantity-0", "2")
    page.fill("#id_gross-0", "ten")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#about_gross-0")).to_contain_text("is no number")
    assert page.input_value("#id_product-0") == "Soap"
    picture(page, f"order-{width}-{scheme}-wrong")
    assert barriers(somebody) == []
    page.fill("#id_gross-0", "10.00")
    page.press("#id_gross-0", "Enter")
    expect(page.get_by_role("status")).to_contain_text("entered")
    sold = Order.objects.latest("pk")
    assert (sold.paid, sold.source) == (1000, "desk")
    picture(page, f"order-{width}-{scheme}-done")
    page.get_by_role("link", name="Return", exact=True).click()
    product = sold.lines.get().product_id
    page.fill(f"#id_quantity-{product}", "1")
    page.fill(f"#id_money-{product}", "5")
    assert somebody.overflow() <= 0
    picture(page, f"order-{width}-{scheme}-return")
    assert barriers(somebody) == []
    page.get_by_role("button", name="Enter the return").click()
    expect(page.get_by_role("status")).to_contain_text("Return")
    assert Order.objects.get(refund_of=sold).paid == -500
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("h1")).to_contain_text(str(sold.buyer))
    assert not Order.objects.filter(refund_of=sold).exists()
    assert somebody.violations() == []
