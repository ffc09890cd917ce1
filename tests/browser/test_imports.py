"""A spreadsheet with errors comes in by keyboard, is corrected and taken back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from habitue.customers.models import Customer
from tests.browser.test_accessibility import barriers
from tests.desk.test_imports import work_off

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ROWS = (
    "Code client;Nom complet;Portable;Interne;Notes\nN1;Ada Neuve;06 12 34 56 78;non;VIP\nN2;Bo Neuf;;Atlantide;VIP\n"
)


def press(page, name: str) -> None:
    """Go to a link or button by its name, and press Enter."""
    target = page.get_by_role("link", name=name, exact=True).or_(page.get_by_role("button", name=name, exact=True))
    target.first.focus()
    page.keyboard.press("Enter")


def check(page, reader) -> None:
    work_off()
    expect(page.locator("form.go button")).to_be_visible()
    assert reader.violations() == []


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_a_spreadsheet_with_errors_comes_in_and_is_taken_back(reader, tmp_path, width, scheme):
    before = set(Customer.objects.values_list("pk", flat=True))
    somebody = reader(width=width, scheme=scheme)
    somebody.sign_in()
    page = somebody.page
    press(page, "Imports")
    press(page, "Import a file")
    sheet = tmp_path / "clients.csv"
    sheet.write_text(ROWS, encoding="cp1252")
    page.set_input_files("#file", sheet)
    press(page, "Send and check")
    page.wait_for_url("**/imports/files/*/")
    check(page, somebody)
    assert page.locator("#fact-1").input_value() == "name"
    page.locator("#fact-4").focus()
    page.keyboard.type("tags")
    expect(page.locator("#findings progress")).to_be_visible()
    check(page, somebody)
    assert page.evaluate("document.activeElement.id") == "fact-4", "the focus is lost"
    assert "Atlantide" in page.locator("#file .details").inner_text()
    assert somebody.overflow() <= 0
    assert barriers(somebody) == []
    press(page, "Import 1 customer")
    page.wait_for_url("**/imports/*/")
    expect(page.locator("progress")).to_be_visible()
    work_off()
    expect(page.get_by_role("heading", name="Rejected rows")).to_be_visible()
    assert somebody.overflow() <= 0
    assert barriers(somebody) == []
    with page.expect_download() as coming:
        press(page, "The rejected rows as a file")
    corrected = tmp_path / "corrected.csv"
    corrected.write_text(coming.value.path().read_text("utf-8-sig").replace(";Atlantide;", ";non;"), "utf-8-sig")
    press(page, "Bring the corrected file")
    page.set_input_files("#file", corrected)
    press(page, "Send and check")
    page.wait_for_url("**/imports/files/*/")
    check(page, somebody)
    press(page, "Import 1 customer")
    page.wait_for_url("**/imports/*/")
    work_off()
    expect(page.get_by_text("1 created")).to_be_visible()
    assert Customer.objects.get(reference="N2").name == "Bo Neuf"
    press(page, "Undo this import")
    press(page, "Undo this import")
    expect(page.get_by_text("It is undone as soon as the worker is free.")).to_be_visible()
    work_off()
    expect(page.locator("header b")).to_have_text("undone")
    assert set(Customer.objects.exclude(reference="N1").values_list("pk", flat=True)) == before
    assert somebody.violations() == somebody.problems == []
    assert somebody.requests_elsewhere() == []
