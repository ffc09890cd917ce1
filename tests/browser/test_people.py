"""A customer is made, edited and put back, by keyboard alone, and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from habitue.customers.models import Customer
from tests import factories
from tests.browser.conftest import Reader
from tests.browser.test_accessibility import barriers

pytestmark = pytest.mark.browser
SitDown = Callable[..., Reader]


def tab_to(page: Page, selector: str) -> None:
    """As somebody without a mouse gets there."""
    wanted = page.locator(selector).first
    for _turn in range(120):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the focus never comes to {selector}")


def settled(bo: Reader) -> None:
    assert bo.overflow() <= 0, bo.page.url
    assert bo.violations() == [], bo.page.url
    assert bo.problems == [], bo.page.url


@pytest.mark.parametrize("width", [1440, 390])
def test_a_customer_is_edited_and_put_back_by_keyboard_alone(reader: SitDown, width: int):
    bo = reader(width=width)
    page = bo.page
    bo.sign_in()
    ada = Customer.objects.get(reference="A-1")
    bo.visit(f"/customers/{ada.pk}/")

    page.keyboard.press("e")
    expect(page.locator("#id_given_name")).to_be_focused()
    assert barriers(bo) == []
    tab_to(page, "#id_name")
    page.keyboard.press("Control+a")
    page.keyboard.type("Eve Roux")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Eve Roux")
    tab_to(page, ".done button")
    settled(bo)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Ada Bérenger")

    tab_to(page, "#contacts-add")
    page.keyboard.press("Enter")
    expect(page.locator("#contacts-form #id_kind")).to_be_focused()
    page.keyboard.type("tel")
    page.keyboard.press("Tab")
    page.keyboard.type("06 12")
    page.keyboard.press("Enter")
    expect(page.locator("#contacts-form .wrong")).to_contain_text("is no telephone number")
    assert barriers(bo) == []
    tab_to(page, "#id_typed")
    page.keyboard.press("End")
    page.keyboard.type(" 34 56 78")
    page.keyboard.press("Enter")
    expect(page.locator("#contacts a[href^='tel:']")).to_have_text("06 12 34 56 78")
    expect(page.locator("#contacts-add")).to_be_focused()
    expect(page.locator("#history")).to_contain_text("Telephone added")
    page.keyboard.press("Enter")
    expect(page.locator("#contacts-form #id_kind")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#contacts-form form")).to_have_count(0)
    settled(bo)

    tab_to(page, "#tags-add")
    page.keyboard.press("Enter")
    expect(page.locator("#id_tag")).to_be_focused()
    page.keyboard.type("VIP")
    page.keyboard.press("Enter")
    expect(page.locator("#tags li")).to_contain_text("VIP")
    tab_to(page, "#tags .done button")
    page.keyboard.press("Enter")
    expect(page.locator(".message")).to_have_text("Undone.")
    expect(page.locator("#tags li")).to_have_count(0)
    assert barriers(bo) == []
    settled(bo)
    assert bo.requests_elsewhere() == []


def test_whom_one_is_related_to_is_suggested_while_one_types(reader: SitDown):
    bo = reader()
    page = bo.page
    bo.sign_in()
    ada, other = Customer.objects.get(reference="A-1"), Customer.objects.get(reference="T0001")
    bo.visit(f"/customers/{ada.pk}/")
    tab_to(page, "#relations-add")
    page.keyboard.press("Enter")
    page.locator("#id_other").press_sequentially(other.name[:9], delay=15)
    expect(page.locator("#options_other option[value=T0001]")).to_have_count(1)
    page.locator("#id_other").fill("T0001")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=other.name).click()
    expect(page.locator("h1")).to_have_text(other.name)
    expect(page.locator("#relations")).to_contain_text("Ada Bérenger")
    settled(bo)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_settings_are_kept_by_a_manager(reader: SitDown, scheme: str):
    factories.mo()
    mo = reader(scheme=scheme)
    page = mo.page
    mo.sign_in("mo")
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="New field").click()
    page.fill("#id_label", "Size")
    page.select_option("#id_type", "choice")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".wrong")).to_contain_text("at least two choices")
    assert barriers(mo) == []
    page.fill("#id_choices", "S\nM")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".settings")).to_contain_text("S, M")
    assert barriers(mo) == []
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".settings")).to_contain_text("S, M")
    assert mo.overflow() <= 0
    assert mo.violations() == []


def test_a_customer_is_made_and_edited_without_javascript(reader: SitDown):
    bo = reader(java_script_enabled=False)
    page = bo.page
    bo.sign_in()
    page.get_by_role("link", name="New customer").click()
    page.fill("#id_given_name", "Cléo")
    page.fill("#id_email", "cleo@example")
    page.get_by_role("button", name="Make the record").click()
    expect(page.locator(".wrong")).to_contain_text("no e-mail address")
    page.fill("#id_email", "cleo@example.com")
    page.get_by_role("button", name="Make the record").click()
    expect(page.locator("h1")).to_have_text("Cléo")
    page.locator("#tags-add").click()
    page.fill("#id_tag", "VIP")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#tags")).to_contain_text("VIP")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#tags")).not_to_contain_text("VIP")
    page.get_by_role("link", name=re.compile("^Changes")).click()
    page.locator(".line summary").first.click()
    page.get_by_role("link", name="What changed").first.click()
    expect(page.locator("h1")).to_have_text("Undone: Tag put: VIP")
