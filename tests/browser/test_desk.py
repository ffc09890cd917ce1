"""Journeys through the desk in a real browser, in both languages, wide and narrow."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Reader, chromium

pytestmark = pytest.mark.browser
SitDown = Callable[..., Reader]
WORDS = {
    "en": {"customers": "Customers", "base": "Base", "older": "Older", "more": "Show 50 more", "stages": "Stages"},
    "fr": {"customers": "Clients", "base": "Base", "older": "Plus ancien", "more": "50 suivants", "stages": "Étapes"},
}


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_somebody_walks_from_sign_in_to_search_list_window_and_base(reader: SitDown, language: str, width: int):
    bo = reader(width=width, language=language)
    page, words = bo.page, WORDS[language]

    def settled() -> None:
        assert bo.overflow() <= 0, page.url
        assert bo.violations() == [], page.url
        assert bo.problems == [], page.url

    bo.visit("/account/login/")
    expect(page.locator("html")).to_have_attribute("lang", language)
    settled()
    bo.sign_in()
    expect(page.locator("h1")).to_contain_text("121")
    expect(page.locator(".source").first).to_contain_text("The Complete Journey")
    settled()

    page.get_by_role("link", name=words["more"]).click()
    expect(page.locator("tbody td.name")).to_have_count(100)
    page.locator("nav.tabs a", has_text=re.compile(r"At risk|À risque")).click()
    expect(page.locator("tbody td.name")).to_have_count(10)
    settled()

    page.locator(".search input[type=search]").press_sequentially("berenger ada", delay=10)
    expect(page.locator("#found a b").first).to_have_text("Ada")
    settled()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/customers/\d+/$"))
    expect(page.locator("h1")).to_have_text("Ada Bérenger")
    settled()

    page.locator(".line summary").nth(1).click()
    expect(page.locator(".line .lines table")).to_be_visible()
    page.locator(".states summary").click()
    expect(page.locator(".states .reason")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".states .reason")).to_be_hidden()
    for why in page.locator(".stands .fact summary").all():
        why.click()
    settled()

    page.locator("#history nav a", has_text=words["stages"]).click()
    expect(page.locator("#history .line > li")).to_have_count(2)
    page.wait_for_url("**/?tab=stages")
    page.go_back()
    expect(page.locator("#history .line > li")).to_have_count(5)
    settled()

    page.locator("nav.places a", has_text=words["base"]).click()
    expect(page.locator(".figure")).to_have_count(6)
    settled()
    page.locator(".figure .menu summary").click()
    page.locator(".figure .menu a").last.click()
    page.wait_for_url("**/base/?month=2017-10")
    settled()
    assert bo.requests_elsewhere() == []
    assert len(bo.requests) > 15


def test_older_purchases_come_in_place_and_the_address_stays(reader: SitDown):
    bo = reader()
    bo.sign_in()
    bo.visit("/customers/?q=T0000")
    bo.page.locator("tbody a").first.click()
    address = bo.page.url
    expect(bo.page.locator(".line > li time")).to_have_count(25)
    bo.page.get_by_role("link", name="Older").click()
    expect(bo.page.locator(".line > li time")).to_have_count(50)
    assert bo.page.url == address
    assert bo.problems == []


def test_the_language_is_switched_in_place(reader: SitDown):
    bo = reader(language="en")
    bo.sign_in()
    bo.visit("/customers/?stage=lost")
    bo.page.get_by_role("button", name="Français").click()
    expect(bo.page.locator("html")).to_have_attribute("lang", "fr")
    assert bo.page.url.endswith("/customers/?stage=lost")
    expect(bo.page.locator("tbody .stage").first).to_have_text("perdu")


def test_the_desk_is_used_by_keyboard_alone(reader: SitDown):
    bo = reader()
    page = bo.page
    bo.sign_in()
    field = page.locator(".search input[type=search]")
    page.keyboard.press("/")
    expect(field).to_be_focused()
    page.keyboard.type("ada")
    expect(page.locator("#found a").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#found a").first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#found a")).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("tbody a[data-row]").nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("tbody a[data-row]").nth(0)).to_be_focused()
    name = page.locator("tbody a[data-row]").nth(0).inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(name)
    page.wait_for_load_state()  # the keys are heard once the script is there
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(field).to_be_focused()
    assert bo.problems == []


def test_every_page_reads_without_javascript(reader: SitDown):
    bo = reader(java_script_enabled=False)
    page = bo.page
    bo.sign_in()
    page.get_by_role("link", name="Show 50 more").click()
    expect(page.locator("tbody td.name")).to_have_count(50)
    page.fill(".search input[type=search]", "ada")
    page.press(".search input[type=search]", "Enter")
    expect(page.locator("h1")).to_have_text("Ada Bérenger")
    page.locator(".line summary").first.click()
    page.get_by_role("link", name="Open the order").first.click()
    expect(page.locator("table")).to_contain_text("Cheese")
    page.locator("nav.places a", has_text="Base").click()
    expect(page.locator(".figure")).to_have_count(6)


def test_a_printed_page_leaves_the_rail_out(reader: SitDown):
    bo = reader()
    bo.sign_in()
    bo.page.emulate_media(media="print")
    expect(bo.page.locator(".rail")).to_be_hidden()
    expect(bo.page.locator("h1")).to_be_visible()


def test_the_watch_for_violations_sees_one(reader: SitDown):
    bo = reader()
    bo.sign_in()
    bo.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')")
    assert bo.violations() == ["style-src-attr"]
    assert any("Content Security Policy" in problem for problem in bo.problems)


def test_the_watch_for_width_sees_a_page_that_is_too_wide(reader: SitDown):
    bo = reader(width=390)
    bo.sign_in()
    bo.page.evaluate("document.querySelector('h1').style.width = '600px'")
    assert bo.overflow() > 0


def test_a_missing_browser_is_a_failure_that_names_the_command(tmp_path: Path):
    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"):
        chromium(tmp_path / "chromium")
