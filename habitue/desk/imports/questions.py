"""The questions about a file on its page: with rows of the file, and the likeliest answer first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from habitue.desk.imports.choosing import meanings
from habitue.imports import uploading
from habitue.imports.evidence.guess import Question
from habitue.imports.evidence.wording import answer_text, question_text
from habitue.imports.mappings.rules import STATUSES
from habitue.imports.models import Upload


def asked(upload: Upload) -> list[dict[str, Any]]:
    """Template context of the questions that nobody has answered yet."""
    return [_question(question, upload) for question in uploading.asked(upload)]


def answer(upload: Upload, form: Mapping[str, str]) -> None:
    """Take the answer that somebody has given in the form: `answer` is the code of a question and a number."""
    code, _colon, at = form.get("answer", "").partition(":")
    values = _values(next((each for each in uploading.asked(upload) if each.code == code), None))
    said = {value: form.get(f"status-{number}", "") for number, value in enumerate(values)}
    statuses = {value: meaning for value, meaning in said.items() if meaning in STATUSES}
    uploading.answer(upload, code, int(at) if at.isdecimal() else -1, statuses)


def _question(question: Question, upload: Upload) -> dict[str, Any]:
    headings = list(question.rows[0]) if question.rows else []
    answers = [
        (f"{question.code}:{at}", answer_text(of, upload.kind))
        for at, of in enumerate(question.answers)
        if of.code != "change"
    ]
    values = _values(question)
    return {
        "code": question.code,
        "text": question_text(question, upload.kind),
        "headings": [_("Line") if heading == "line" else heading for heading in headings],
        "rows": [[row.get(heading, "") for heading in headings] for row in question.rows],
        "answers": [] if len(values) > 1 else answers,
        "statuses": list(enumerate(values)) if len(values) > 1 else [],
        "meanings": meanings(),
        "open": question.code in ("columns", "headings_elsewhere", "several"),
    }


def _values(question: Question | None) -> list[str]:
    """The statuses that are asked about, each of which may mean something else."""
    return list(question.data["values"]) if question and question.code == "statuses" else []
