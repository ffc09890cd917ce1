"""The journey of a morning, in French and by keyboard alone: find a customer, clear a duplicate away and bring it back,
import a spreadsheet with errors, correct what was rejected, build a segment and export it.

FILM names a folder that gets a picture of each step: `make pictures` films it into docs/pictures.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from habitue.customers import editing
from habitue.customers.duplicates.deduplicating import find
from habitue.customers.models import ContactPoint, Customer
from habitue.segments.models import Segment
from tests.browser.conftest import Reader
from tests.browser.test_segments import choose, tab_to
from tests.desk.test_imports import work_off

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHEET = [
    ("Code client", "Nom complet", "Portable", "Code postal", "Ville", "Interne", "Date de naissance"),
    ("N-101", "Éloïse d'Aubigné", "06 12 34 56 01", "69003", "Lyon", "non", "1984-03-12"),
    ("N-102", "Jean-Loup Prévost", "06 12 34 56 02", "38000", "Grenoble", "peut-être", "1979-11-02"),
    ("N-103", "Inès Le Goff", "06 12 34 56 03", "29200", "Brest", "parfois", "1979-01-30"),
    ("N-104", "Maison Roux", "04 78 00 00 04", "69002", "Lyon", "non", ""),
]


@pytest.fixture
def film() -> Callable[[Page, str], None]:
    folder = os.environ.get("FILM")

    def shoot(page: Page, name: str) -> None:
        if folder:
            page.screenshot(path=Path(folder) / f"journey-{name}.png", animations="disabled")

    return shoot


@pytest.fixture
def twice(address) -> None:
    """Somebody who is there twice, the second time under a shorter name."""
    for name, city in (("Apolline de Kermadec", "Quimper"), ("Apoline Kermadec", "Quimper")):
        given, _space, family = name.partition(" ")
        made = editing.create(name=name, given_name=given, family_name=family, born_on=dt.date(1988, 5, 17)).row
        ContactPoint.objects.create(customer=made, kind="phone", typed="06 98 76 54 32", value="+33698765432")
        ContactPoint.objects.create(
            customer=made,
            kind="address",
            typed=f"3 quai Neuf, 29000 {city}",
            value=f"3 quai neuf 29000 {city}",
            city=city,
        )
    find()


def test_a_morning_at_the_desk(reader: Callable[..., Reader], twice, film, tmp_path: Path):
    bo = reader(language="fr", accept_downloads=True)
    bo.sign_in()
    find_a_customer(bo.page, film)
    clear_a_duplicate_away_and_bring_it_back(bo.page, film)
    import_a_sheet_and_correct_it(bo.page, film, tmp_path)
    build_a_segment_and_export_it(bo.page, film, tmp_path)
    assert bo.violations() == bo.problems == []
    assert bo.requests_elsewhere() == []


def find_a_customer(page: Page, film: Callable[[Page, str], None]) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type("apolline kermadek", delay=15)
    expect(page.locator("#found")).to_contain_text("Apolline de Kermadec")
    film(page, "1-find")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(re.compile("Ap.*Kermadec"))


def clear_a_duplicate_away_and_bring_it_back(page: Page, film: Callable[[Page, str], None]) -> None:
    page.keyboard.press("/")
    page.keyboard.type("doublons", delay=15)
    expect(page.locator("#found")).to_contain_text("Doublons")
    page.keyboard.press("Enter")
    page.wait_for_url("**/duplicates/")
    expect(page.locator("h1")).to_contain_text("1 paire")
    film(page, "2-duplicates")
    page.keyboard.press("Enter")
    page.wait_for_selector(".merging")
    film(page, "3-side-by-side")
    page.keyboard.press("m")
    expect(page.locator("h1")).to_contain_text("Aucun doublon")
    assert Customer.objects.exclude(merged_into=None).count() == 1
    film(page, "4-merged")
    page.keyboard.press("u")
    expect(page.locator("h1")).to_contain_text("1 paire")
    assert not Customer.objects.exclude(merged_into=None).exists()
    film(page, "5-undone")


def import_a_sheet_and_correct_it(page: Page, film: Callable[[Page, str], None], folder: Path) -> None:
    sheet = openpyxl.Workbook()
    for row in SHEET:
        sheet.active.append(row)
    sheet.save(folder / "clients.xlsx")
    page.keyboard.press("/")
    page.keyboard.type("importer", delay=15)
    expect(page.locator("#found")).to_contain_text("Importer un fichier")
    page.keyboard.press("Enter")
    page.wait_for_url("**/imports/new/")
    send(page, folder / "clients.xlsx")
    film(page, "6-rehearsal")
    bring_in(page)
    expect(page.get_by_role("heading", name="Lignes rejetées")).to_be_visible()
    film(page, "7-rejected")
    with page.expect_download() as coming:
        press(page, "a:has-text('Les lignes rejetées en fichier')")
    rejected = coming.value.path().read_text("utf-8-sig")
    corrected = folder / "corrected.csv"
    corrected.write_text(rejected.replace("peut-être", "non").replace("parfois", "non"), "utf-8-sig")
    press(page, "a:has-text('Apporter le fichier corrigé')")
    send(page, corrected)
    bring_in(page)
    expect(page.get_by_text("2 créés")).to_be_visible()
    film(page, "8-corrected")
    assert Customer.objects.filter(reference__startswith="N-10").count() == 4


def send(page: Page, file: Path) -> None:
    page.locator("#file").wait_for()
    tab_to(page, "#file")
    with page.expect_file_chooser() as asked:
        page.keyboard.press("Enter")
    asked.value.set_files(file)
    press(page, "button:has-text('Envoyer et vérifier')")
    page.wait_for_url("**/imports/files/*/")
    work_off()
    expect(page.locator("form.go button")).to_be_visible()


def bring_in(page: Page) -> None:
    press(page, "form.go button")
    page.wait_for_url(re.compile(r"/imports/\d+/$"))
    work_off()


def build_a_segment_and_export_it(page: Page, film: Callable[[Page, str], None], folder: Path) -> None:
    page.keyboard.press("/")
    page.keyboard.type("nouveau segment", delay=15)
    expect(page.locator("#found")).to_contain_text("Nouveau segment")
    page.keyboard.press("Enter")
    expect(page.locator("#rule-0-what")).to_be_focused()
    choose(page, "Ville")
    tab_to(page, "#rule-0-value")
    page.keyboard.type("Lyon", delay=15)
    expect(page.locator(".sentence")).to_contain_text("Clients dont la ville est")
    tab_to(page, "#rule--add")
    page.keyboard.press("Enter")
    expect(page.locator("#rule-1-what")).to_be_focused()
    choose(page, "Téléphone")
    expect(page.locator(".sentence")).to_contain_text("qui ont un téléphone")
    expect(page.locator("#result")).to_contain_text("2 clients")
    tab_to(page, "#segment-name")
    page.keyboard.type("Lyonnais joignables")
    film(page, "9-segment")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/segments/\d+/$"))
    assert Segment.objects.get().size == 2
    with page.expect_download() as coming:
        tab_to(page, "button[value=xlsx]")
        page.keyboard.press("Enter")
    coming.value.save_as(folder / "export.xlsx")
    rows = list(openpyxl.load_workbook(folder / "export.xlsx").active.values)
    assert {row[0] for row in rows[1:]} | {row[1] for row in rows[1:]} >= {"Éloïse d'Aubigné", "Maison Roux"}
    film(page, "10-exported")


def press(page: Page, selector: str) -> None:
    """Go there with the Tab key, and press Enter."""
    page.locator(selector).first.wait_for()
    page.locator(selector).first.evaluate("element => element.setAttribute('data-next', '')")
    tab_to(page, "[data-next]")
    page.evaluate("document.querySelector('[data-next]').removeAttribute('data-next')")
    page.keyboard.press("Enter")
