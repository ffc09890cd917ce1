"""Take the screenshots of docs/pictures from the demonstration, in a real browser: `make pictures`."""

from __future__ import annotations

import io
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import django
from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]
NAME = "pictures"
SHOWN = "472"  # a household with a story: regular for most of the year, then a long silence
HEIGHTS = {1440: 900, 390: 844}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "habitue.settings")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs a loop of its own
    django.setup()
    from django.core.management import call_command

    call_command("demo", "--no-serve", stdout=io.StringIO())  # it would print the password
    FOLDER.mkdir(parents=True, exist_ok=True)
    with served() as address, account() as password, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for language in ("en", "fr"):
            for width in HEIGHTS:
                take(browser, address, password, language, width, "light", ["list", "window", "base"])
        take(browser, address, password, "en", 1440, "light", ["why", "search"])
        take(browser, address, password, "en", 1440, "dark", ["window", "base"])
        browser.close()


def take(
    browser: Browser, address: str, password: str, language: str, width: int, scheme: str, names: list[str]
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHTS[width]}, locale=language, color_scheme=scheme
    )
    page = context.new_page()
    page.goto(f"{address}/account/login/")
    page.fill("#id_login", NAME)
    page.fill("#id_password", password)
    page.press("#id_password", "Enter")
    page.wait_for_url("**/customers/")
    for name in names:
        path, show = pages()[name]
        page.goto(address + path)
        show(page)
        suffix = "-dark" if scheme == "dark" else ""
        to = FOLDER / f"{name}-{width}-{language}{suffix}.png"
        page.screenshot(path=to, full_page=name == "base")
        print(to.relative_to(FOLDER.parent.parent))
    context.close()


def pages() -> dict[str, tuple[str, Callable[[Page], None]]]:
    from habitue.customers.models import Customer

    window = f"/customers/{Customer.objects.get(reference=SHOWN).pk}/"
    return {
        "list": ("/customers/", lambda page: None),
        "window": (window, lambda page: None),
        "why": (window, open_the_reasons),
        "search": ("/customers/?stage=at_risk", search),
        "base": ("/base/", lambda page: None),
    }


def open_the_reasons(page: Page) -> None:
    page.locator(".line summary").first.click()
    page.locator(".line .lines table").first.wait_for()
    page.locator(".stands .fact summary").first.click()
    page.locator(".states summary").click()


def search(page: Page) -> None:
    page.locator(".search input[type=search]").press_sequentially("harr")
    page.locator("#found a").first.wait_for()


@contextmanager
def account() -> Iterator[str]:
    """A context with a temporary account that may see customers; gives its password."""
    from habitue.team.models import User

    password = secrets.token_urlsafe(24)
    User.objects.filter(username=NAME).delete()
    somebody = User.objects.create_user(NAME, password=password, first_name="Inès", last_name="Roux")
    somebody.let_into_the_desk()
    try:
        yield password
    finally:
        somebody.delete()


@contextmanager
def served() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "habitue.cli", "serve", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/account/login/", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if server.poll() is not None:
            raise SystemExit("The desk did not start. Try: habitue serve")
        try:
            with urlopen(address, timeout=5):
                return
        except URLError:
            time.sleep(0.2)
    raise SystemExit("The desk did not answer within 30 seconds.")


if __name__ == "__main__":
    main()
