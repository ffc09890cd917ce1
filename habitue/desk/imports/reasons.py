"""Why each column of a file is taken for what it is, as the guess says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from habitue.imports.evidence.guess import Reason
from habitue.imports.evidence.wording import reason
from habitue.imports.models import Upload


def by_column(upload: Upload) -> dict[str, str]:
    """The reasons for each column that is taken as it was guessed, by heading; one sentence each."""
    guess = upload.about.get("guess", {})
    if guess.get("kind") != upload.kind:
        return {}
    said: dict[str, list[str]] = {}
    for heading, some in _reasons(guess, upload.mapping):
        if some:
            said.setdefault(heading, []).extend(reason(Reason(**each)) for each in some)
    return {heading: _joined(dict.fromkeys(some)) for heading, some in said.items()}


def _joined(reasons: Iterable[str]) -> str:
    """One text of several, with the spaces of the language before the mark."""
    text, *others = reasons
    for other in others:
        text = _("%(one)s; %(other)s") % {"one": text, "other": other}
    return text


def _reasons(guess: dict[str, Any], mapping: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    columns, used = mapping.get("columns", {}), set()
    for fact, taken in guess.get("facts", {}).items():
        if columns.get(fact) == taken["column"]:
            used.add(taken["column"])
            yield taken["column"], taken["reasons"][:2]
    for rule in guess.get("rules", {}).values():
        for heading in rule["columns"].values():
            if heading in columns.values() and heading not in used:
                yield heading, rule["reasons"][:1]
