"""axe finds nothing to say about any page, in light and dark, wide and narrow, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.conftest import Reader

pytestmark = pytest.mark.browser
AXE = (Path(__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = [
    "/customers/",
    "/customers/?q=nobody",
    "/base/",
    "/search/?q=ada",
    "/account/password/change/",
    "/customers/new/",
    "/nothing/",
]


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [("en", "light", 1440), ("fr", "dark", 1440), ("fr", "light", 390), ("en", "dark", 390)],
)
def test_no_page_has_a_barrier(reader: Callable[..., Reader], language: str, scheme: str, width: int):
    bo = reader(width=width, language=language, scheme=scheme)
    bo.visit("/account/login/")
    assert barriers(bo) == []
    bo.sign_in()
    for path in PAGES:
        bo.visit(path)
        assert barriers(bo) == [], path
    bo.visit("/customers/?q=ada")
    bo.page.locator("tbody a").first.click()
    bo.page.wait_for_selector("#history")
    for summary in bo.page.locator(".fact summary, .line summary").all():
        summary.click()
    bo.page.wait_for_selector(".line .lines table")
    assert barriers(bo) == [], "window"
    bo.page.locator(".states summary").click()
    assert barriers(bo) == [], "window, with the reason of the stage"


def test_axe_sees_a_barrier(reader: Callable[..., Reader]):
    bo = reader()
    bo.visit("/account/login/")
    bo.page.evaluate("document.querySelector('label').remove()")
    assert "label" in " ".join(barriers(bo))


def barriers(bo: Reader) -> list[str]:
    bo.page.evaluate(AXE)
    violations = bo.page.evaluate("tags => axe.run({runOnly: tags})", RULES)["violations"]
    return [f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in violations for node in rule["nodes"]]
