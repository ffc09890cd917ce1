"""The environment variables, read once at the start. All errors are reported together, with what to write instead."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import dj_database_url

T = TypeVar("T")
OF_THE_TESTS = {"HABITUE_SHARED"}  # the folder of small files of other tools' shapes


class Environment:
    """Reads the variables that Habitué knows and collects the errors.

    >>> env = Environment({"HABITUE_PORT": "8000"})
    >>> env.read("HABITUE_PORT", int, 80, "a number")
    8000
    """

    def __init__(self, values: dict[str, str] | None = None):
        self.values = dict(os.environ) if values is None else values
        self.known: set[str] = set()
        self.problems: list[str] = []

    def read(self, name: str, parse: Callable[[str], T], default: T, wanted: str) -> T:
        self.known.add(name)
        text = self.values.get(name, "").strip()
        if not text:
            return default
        try:
            return parse(text)
        except Exception as error:
            self.problems.append(f"{name}={text!r}: {wanted} is expected ({error}).")
            return default

    def check(self) -> None:
        known = self.known | OF_THE_TESTS
        unknown = sorted(n for n in self.values if n.startswith("HABITUE_") and n not in known)
        self.problems += [
            f"{name} is not a setting of Habitué; known are {', '.join(sorted(self.known))}." for name in unknown
        ]
        if self.problems:
            raise SystemExit("Habitué cannot start:\n" + "\n".join(f"  - {problem}" for problem in self.problems))


def one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"not one of {', '.join(choices)}")
        return text

    return parse


def languages(catalogues: Path) -> list[tuple[str, str]]:
    """(code, native name) of each language: English, the source language, and those with a catalogue."""
    from django.conf.locale import LANG_INFO

    folders = sorted(path.parent.name for path in catalogues.glob("*/LC_MESSAGES"))
    codes = ["en", *(name.lower().replace("_", "-") for name in folders)]
    return [(code, LANG_INFO[code]["name_local"].capitalize() if code in LANG_INFO else code) for code in codes]


def names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def yes_or_no(text: str) -> bool:
    return {"1": True, "yes": True, "true": True, "0": False, "no": False, "false": False}[text.lower()]


def share(text: str) -> float:
    value = float(text)
    if not 0 < value < 1:
        raise ValueError("not between 0 and 1")
    return value


def between(low: float, high: float) -> Callable[[str], int]:
    def parse(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise ValueError(f"not between {low:g} and {high:g}")
        return value

    return parse


def rate(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError("not between 0 and 1")
    return value


def currency(text: str) -> str:
    from babel.numbers import is_currency

    if not is_currency(text.upper(), "en"):
        raise ValueError("not in ISO 4217")
    return text.upper()


def country(text: str) -> str:
    from babel import Locale

    if len(text) != 2 or text.upper() not in Locale("en").territories:
        raise ValueError("not in ISO 3166")
    return text.upper()


def zone(text: str) -> str:
    return ZoneInfo(text).key


def database(text: str) -> dict[str, object]:
    config = dict(dj_database_url.parse(text))
    if not str(config.get("ENGINE", "")).endswith(("postgresql", "sqlite3")):
        raise ValueError("neither postgresql:// nor sqlite://")
    return config


def secret_key(home: Path) -> str:
    """The secret key of this installation, created at the first start and readable by its owner only."""
    try:
        return _kept_or_new(home / "secret_key")
    except OSError as error:
        raise SystemExit(
            f"Habitué cannot start:\n  - HABITUE_HOME={str(home)!r}: a folder to write to is expected ({error})."
        ) from None


def _kept_or_new(path: Path) -> str:
    if path.exists():
        return path.read_text().strip()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = secrets.token_urlsafe(48)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process of ours was quicker
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(key)
    return key
