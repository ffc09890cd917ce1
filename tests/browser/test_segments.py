"""A segment is built, saved, used and exported by keyboard alone; lines are ticked and changed by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from habitue.customers.models import Customer
from habitue.segments.models import Segment
from tests.browser.conftest import Reader

pytestmark = pytest.mark.browser
SitDown = Callable[..., Reader]


def settled(bo: Reader) -> None:
    assert bo.overflow() <= 0, bo.page.url
    assert bo.violations() == [], bo.page.url
    assert bo.problems == [], bo.page.url


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    """As somebody without a mouse comes to a control."""
    for _turn in range(most):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached with the Tab key")


def choose(page: Page, label: str) -> None:
    """In a list that has the focus: the letters of what it says."""
    page.keyboard.type(label, delay=15)


@pytest.mark.parametrize("width", [1440, 390])
def test_a_segment_is_built_saved_and_exported_by_keyboard(reader: SitDown, width: int, tmp_path: Path):
    bo = reader(width=width, accept_downloads=True)
    page = bo.page
    bo.sign_in()
    bo.visit("/segments/new/")
    expect(page.locator("#rule-0-what")).to_be_focused()
    choose(page, "Stage")
    expect(page.locator("#rule-0-value-6")).to_be_visible()
    expect(page.locator("#result")).to_contain_text("Give the stage")
    tab_to(page, "#rule-0-value-6")
    page.keyboard.press("Space")
    expect(page.locator(".sentence")).to_have_text("Customers who are at risk.")
    expect(page.locator("#result")).to_contain_text("10 customers")
    settled(bo)

    tab_to(page, "#rule--add")
    page.keyboard.press("Enter")
    expect(page.locator("#rule-1-what")).to_be_focused()
    choose(page, "Bought of")
    expect(page.locator("#rule-1-item")).to_be_visible()
    tab_to(page, "#rule-1-item")
    page.keyboard.type("Dairy", delay=15)
    expect(page.locator("#rule-1-item-list option")).to_have_count(1)
    tab_to(page, "#rule-1-times")
    page.keyboard.type("2")
    expect(page.locator(".sentence")).to_have_text("Customers who are at risk and who bought Dairy at least twice.")
    expect(page.locator(".members li").first).to_be_visible()
    expect(page.locator("#rule-1-item")).to_have_value("Dairy")
    settled(bo)

    tab_to(page, "#segment-name")
    page.keyboard.type("Cheese lovers at risk")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/segments/\d+/$"))
    expect(page.locator("h1")).to_have_text("Cheese lovers at risk")
    settled(bo)
    with page.expect_download() as download:
        tab_to(page, "button[value=xlsx]")
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.endswith(".xlsx")
    segment = Segment.objects.get()
    bo.visit(f"/customers/?segment={segment.pk}")
    expect(page.locator("tbody td.name")).to_have_count(min(segment.size or 0, 50))
    expect(page.locator(".segments [aria-current]")).to_contain_text("Cheese lovers")
    settled(bo)


def test_the_builder_keeps_up_with_whoever_goes_on(reader: SitDown):
    """The focus is on a button when the result is asked for, and in a field when the rules come back late."""
    bo = reader()
    page = bo.page
    bo.sign_in()
    bo.visit("/segments/new/")
    page.locator("#rule-0-value").fill("Bérenger")
    with page.expect_request("**/segments/draft/"):
        page.locator("#rule--add").focus()
    expect(page.locator(".sentence")).to_contain_text("Bérenger")
    expect(page.locator("#result select")).to_have_count(0)

    late: list[Route] = []

    def hold_the_rules(route: Route) -> None:
        if "part=rules" in (route.request.post_data or "") and not late:
            late.append(route)
        else:
            route.continue_()

    page.route("**/segments/draft/", hold_the_rules)
    with page.expect_request(lambda request: "part=rules" in (request.post_data or "")):
        page.locator("#rule-0-how").select_option("begins")
    page.locator("#rule-0-value").press("End")
    page.keyboard.type(" Ax")
    late[0].continue_()
    expect(page.locator(".sentence")).to_contain_text("begins with “Bérenger Ax”")
    expect(page.locator("#rule-0-value")).to_have_value("Bérenger Ax")
    expect(page.locator(".rule")).to_have_count(1)
    settled(bo)


def test_enter_in_a_field_of_the_builder_saves_nothing(reader: SitDown):
    bo = reader()
    bo.sign_in()
    bo.visit("/segments/new/")
    bo.page.locator("#rule-0-value").fill("Bérenger")
    bo.page.keyboard.press("Enter")
    expect(bo.page.locator(".sentence")).to_contain_text("Bérenger")
    assert not Segment.objects.exists()
    settled(bo)


def test_a_word_without_end_stays_on_the_page(reader: SitDown):
    bo = reader(width=390)
    bo.sign_in()
    bo.visit("/segments/new/")
    bo.page.locator("#rule-0-value").fill("x" * 150)
    expect(bo.page.locator(".sentence")).to_contain_text("x" * 150)
    settled(bo)
    bo.page.locator("#segment-name").fill("y" * 110)
    bo.page.keyboard.press("Enter")
    expect(bo.page.locator("h1")).to_have_text("y" * 110)
    settled(bo)
    bo.visit("/segments/")
    settled(bo)


def test_a_segment_is_built_without_a_script(reader: SitDown):
    bo = reader(java_script_enabled=False)
    page = bo.page
    bo.visit("/account/login/")
    page.fill("#id_login", "bo")
    page.fill("#id_password", "a password of the tests")
    page.press("#id_password", "Enter")
    bo.visit("/segments/new/")
    page.select_option("#rule-0-what", "stage")
    page.locator("noscript button[value=show]").click()
    page.check("#rule-0-value-7")
    page.click("#rule--add")
    expect(page.locator("#rule-1-what")).to_be_visible()
    page.click("#rule-1-remove")
    expect(page.locator(".sentence")).to_have_text("Customers who are lost.")
    page.fill("#segment-name", "Lost")
    page.click("button[value=save]")
    expect(page.locator("h1")).to_have_text("Lost")
    assert Segment.objects.get().size == 10


def test_lines_are_ticked_and_changed_by_keyboard_and_put_back(reader: SitDown):
    bo = reader()
    page = bo.page
    bo.sign_in()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-picked]")).to_have_text("(2)")
    page.keyboard.press("k")
    page.keyboard.press("x")
    expect(page.locator("[data-picked]")).to_have_text("(1)")
    page.locator("#picked button").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/changes/")
    settled(bo)
    tab_to(page, "input[value=tag], input[value=kind]")
    page.locator("input[name=edit][value=internal]").focus()
    page.keyboard.press("Space")
    tab_to(page, "button[value=preview]")
    page.keyboard.press("Enter")
    expect(page.locator(".figure h2")).to_have_text("1 customer would change")
    settled(bo)
    tab_to(page, "button[value=change]")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("1 customer was changed")
    assert Customer.objects.filter(internal=True).count() == 1
    tab_to(page, "main form button")
    page.keyboard.press("Enter")
    expect(page.locator(".message")).to_contain_text("Undone")
    assert not Customer.objects.filter(internal=True).exists()
    settled(bo)
