"""The one field by keyboard: what an adviser does with a customer on the telephone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from habitue.customers.models import ContactPoint, Customer
from habitue.customers.search.finding import index

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def telephone(address) -> None:
    ada = Customer.objects.get(reference="A-1")
    ContactPoint.objects.create(customer=ada, kind="phone", typed="06 12 34 56 78", value="+33612345678")
    index([ada.pk])


@pytest.mark.parametrize("width", [1440, 390])
def test_somebody_is_found_by_part_of_a_number_and_opened_by_keyboard(reader, telephone, width: int):
    bo = reader(width)
    bo.sign_in()
    page = bo.page
    page.keyboard.press("Control+k")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("3456")
    first = page.locator("#found a[data-row]").first
    expect(first).to_contain_text("Ada Bérenger")
    expect(first.locator("b")).to_have_text("34 56")
    assert bo.overflow() <= 0
    page.keyboard.press("ArrowDown")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Ada Bérenger")
    assert bo.problems == bo.violations() == bo.requests_elsewhere() == []


def test_enter_opens_the_best_in_spite_of_a_typing_error(reader, telephone):
    bo = reader()
    bo.sign_in()
    bo.page.keyboard.press("/")
    bo.page.keyboard.type("bernger ada")
    bo.page.keyboard.press("Enter")
    expect(bo.page.locator("h1")).to_contain_text("Ada Bérenger")


def test_up_and_escape_lead_back(reader, telephone):
    bo = reader()
    bo.sign_in()
    page = bo.page
    page.keyboard.press("/")
    page.keyboard.type("ada")
    expect(page.locator("#found a[data-row]").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#found")).to_be_hidden()
    expect(page.locator("#q")).to_have_value("")
    expect(page.locator("#q")).not_to_be_focused()


def test_commands_change_the_language_and_sign_out(reader, telephone):
    bo = reader()
    bo.sign_in()
    page = bo.page
    page.keyboard.press("Control+k")
    page.keyboard.type("français")
    expect(page.locator("#found button[data-row]")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    page.keyboard.press("Control+k")
    page.keyboard.type("déconne")
    expect(page.locator("#found button[data-row]")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/account/login/"))
    assert bo.problems == bo.violations() == []


def test_the_field_works_without_a_script(reader, telephone):
    bo = reader(java_script_enabled=False)
    bo.sign_in()
    bo.page.fill("#q", "bérenger")
    bo.page.press("#q", "Enter")
    expect(bo.page.locator("h1")).to_contain_text("Ada Bérenger")
    bo.visit("/search/?q=an")
    assert bo.page.locator(".found a").count() >= 8


def test_the_keys_are_shown_by_a_question_mark(reader, telephone):
    bo = reader()
    bo.sign_in()
    bo.page.keyboard.press("?")
    expect(bo.page.locator("#keys")).to_contain_text("search: customers, orders, pages, commands")
