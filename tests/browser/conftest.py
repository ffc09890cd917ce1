from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests import factories

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
HEIGHTS = {1440: 900, 390: 844}
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
"""
STATIC = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# Playwright's synchronous interface runs an event loop of its own, in which Django would refuse the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@dataclass
class Reader:
    """Somebody at the desk in a real browser, and all that went wrong meanwhile."""

    page: Page
    address: str
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def visit(self, path: str) -> None:
        self.page.goto(self.address + path)

    def sign_in(self, name: str = "bo") -> None:
        self.visit("/account/login/")
        self.page.fill("#id_login", name)
        self.page.fill("#id_password", factories.PASSWORD)
        self.page.press("#id_password", "Enter")
        self.page.wait_for_url("**/customers/")

    def overflow(self) -> int:
        """How many pixels the page is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")

    def violations(self) -> list[str]:
        return self.page.evaluate("window.violations")

    def requests_elsewhere(self) -> list[str]:
        return [url for url in self.requests if not url.startswith((self.address + "/", "data:"))]


def chromium(path: Path = CHROMIUM) -> Path:
    if not path.exists():
        pytest.fail(f"The browser tests need {path}. On Debian: apt-get install chromium", pytrace=False)
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(autouse=True)
def plain_static_files(settings):
    settings.STORAGES = STATIC


@pytest.fixture
def address(live_server, transactional_db) -> str:
    """A desk with a town in it, served as it will be; Bo may look."""
    factories.bo()
    factories.source()
    factories.ada()
    factories.many_orders(factories.town(120)[0], 60)
    return live_server.url


@pytest.fixture
def reader(browser: Browser, address: str) -> Iterator[Callable[..., Reader]]:
    """`reader(width=390, language="fr", scheme="dark")` sits down at a window of their own."""
    opened: list[BrowserContext] = []

    def sit_down(width: int = 1440, language: str = "en", scheme: str = "light", **options: Any) -> Reader:
        context = browser.new_context(
            viewport={"width": width, "height": HEIGHTS[width]}, locale=language, color_scheme=scheme, **options
        )
        opened.append(context)
        context.set_default_timeout(8_000)
        context.add_init_script(WATCH)
        somebody = Reader(context.new_page(), address)
        somebody.page.on("request", lambda request: somebody.requests.append(request.url))
        somebody.page.on("console", lambda line: _note(somebody, line.type, line.text))
        somebody.page.on("pageerror", lambda error: somebody.problems.append(str(error)))
        # File choosers are caught while somebody listens: whoever begins to only when one opens may be too late.
        somebody.page.on("filechooser", lambda chooser: None)
        return somebody

    yield sit_down
    for context in opened:
        context.close()


def _note(somebody: Reader, kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        somebody.problems.append(text)
