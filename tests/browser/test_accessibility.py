"""axe finds nothing to say about any page, in light and dark, wide and narrow, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.urls import URLResolver, get_resolver

from tests import factories
from tests.browser.conftest import Reader

pytestmark = pytest.mark.browser
AXE = (Path(__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = ["/customers/?q=nobody", "/search/?q=ada", "/nothing/"]  # beside those that need no argument


def addresses(resolver: URLResolver | None = None, before: str = "/") -> Iterator[str]:
    """The address of each view that takes no argument."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + str(pattern.pattern)
        if "<" in route or "^" in route:
            continue
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, route)
        else:
            yield route


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [("en", "light", 1440), ("fr", "dark", 390)],
)
def test_no_page_has_a_barrier(reader: Callable[..., Reader], language: str, scheme: str, width: int):
    bo = reader(width=width, language=language, scheme=scheme)
    factories.mo()
    bo.visit("/account/login/")
    assert barriers(bo) == []
    bo.sign_in("mo")
    pages = [*PAGES, *(path for path in addresses() if is_page(bo, path))]
    assert {"/customers/", "/imports/", "/imports/formats/", "/settings/fields/", "/base/"} <= set(pages)
    for path in pages:
        bo.visit(path)
        assert barriers(bo) == [], path
        assert bo.overflow() <= 0, path
    bo.visit("/customers/?q=ada")
    bo.page.locator("tbody a").first.click()
    bo.page.wait_for_selector("#history")
    for summary in bo.page.locator(".fact summary, .line summary").all():
        summary.click()
    bo.page.wait_for_selector(".line .lines table")
    assert barriers(bo) == [], "window"
    bo.page.locator(".states summary").click()
    assert barriers(bo) == [], "window, with the reason of the stage"


def is_page(bo: Reader, path: str) -> bool:
    """Whether a GET answers with a whole page (not a file, a part, another page or "POST only")."""
    answer = bo.page.request.get(bo.address + path, max_redirects=0)
    return answer.status == 200 and "html" in answer.headers["content-type"] and "<main" in answer.text()


def test_axe_sees_a_barrier(reader: Callable[..., Reader]):
    bo = reader()
    bo.visit("/account/login/")
    bo.page.evaluate("document.querySelector('label').remove()")
    assert "label" in " ".join(barriers(bo))


def barriers(bo: Reader) -> list[str]:
    bo.page.evaluate(AXE)
    violations = bo.page.evaluate("tags => axe.run({runOnly: tags})", RULES)["violations"]
    return [f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in violations for node in rule["nodes"]]
