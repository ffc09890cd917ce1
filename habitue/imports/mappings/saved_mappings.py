"""Mappings saved under the headings of their file, and reused for files with the same headings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from habitue.imports.evidence.guess import Guess
from habitue.imports.files import choices
from habitue.imports.files.reading import Rows
from habitue.imports.kind import kind_named
from habitue.imports.mappings.answering import answered
from habitue.imports.mappings.proposing import columns_of, constants, guess_of, rules_of, to_ask
from habitue.imports.models import Import, SavedMapping, Upload
from habitue.imports.profiles.recognising import recognise, sentence
from habitue.imports.rejecting import EXTRA


def save(name: str, upload: Upload, by: Any) -> SavedMapping:
    """Save the mapping of an upload, in place of one for the same headings."""
    headings = _own(upload.about["headings"])
    saved, _new = SavedMapping.objects.update_or_create(
        key=_key(headings),
        defaults={
            "name": name[:120], "kind": upload.kind, "headings": headings, "by": by,
            "mapping": _reusable(upload.dry_run["mapping"]),
        },
    )  # fmt: skip
    return saved


def proposed(upload: Upload, rows: Rows, guessed: Guess | None = None) -> tuple[dict[str, Any], str]:
    """(data of the proposed mapping, name it was saved under).

    It is that of the import whose rejections the file holds, else one saved for these headings, else that of a profile,
    else a guess, in which required fields may be missing. `guessed`: the guess if it was made already.
    """
    headings = rows.headings
    if upload.corrects and _fits(upload.corrects, upload.kind, headings):
        return _reusable(upload.corrects.mapping), upload.corrects.file_name
    saved = SavedMapping.objects.filter(key=_key(_own(headings)), kind=upload.kind).first()
    if saved:
        return dict(saved.mapping), saved.name
    if (recognised := recognise(rows)) and recognised.profile.kind == upload.kind:
        upload.about["profile"] = {"key": recognised.profile.key, "words": sentence(recognised)}
        if recognised.fits:
            return recognised.data, recognised.profile.words
    kind = kind_named(upload.kind)
    guessed = guessed if guessed and guessed.kind == upload.kind else guess_of(rows, upload.kind)
    columns, discounts = columns_of(guessed, rows)
    questions = to_ask(guessed, rows)
    upload.about["guess"] = replace(guessed, questions=tuple(questions)).as_data()
    usual = {fact: {"value": value} for fact, value in constants(guessed, columns).items()}
    said = {name: discount.as_data() for name, discount in discounts.items()}
    data = rules_of(guessed, columns).as_data() | {"columns": usual | columns, "discounts": said}
    for question in questions:  # as the likeliest answers say, until somebody answers
        data = answered(kind.name, data, question, 0)
    return data, ""


def kind_for(headings: Sequence[str]) -> str:
    """The kind of the mapping saved for these headings; empty where there is none."""
    return SavedMapping.objects.filter(key=_key(_own(headings))).values_list("kind", flat=True).first() or ""


def _fits(import_: Import, kind: str, headings: Sequence[str]) -> bool:
    mapping = import_.mapping
    wanted = [value for value in mapping.get("columns", {}).values() if isinstance(value, str)]
    return import_.kind == kind and set(wanted) <= set(headings)


def _own(headings: Sequence[str]) -> list[str]:
    return [heading for heading in headings if heading not in EXTRA]


def _key(headings: Sequence[str]) -> str:
    return sha256(json.dumps(sorted(headings), ensure_ascii=False).encode()).hexdigest()


def _reusable(mapping: dict[str, Any]) -> dict[str, Any]:
    """The mapping without encoding, separator and sheet, which belong to one file."""
    return {name: value for name, value in mapping.items() if name not in choices.KEYS}
