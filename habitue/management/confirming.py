"""What somebody at a terminal is asked before a file goes in, and what a script says instead."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from habitue.imports import telling
from habitue.imports.evidence.wording import answer_text, question_text
from habitue.imports.mappings.proposing import Asked
from habitue.kernel import formats
from habitue.kernel.errors import HabitueError

Data = dict[str, Any]
Say = Callable[[str], Any]


def at_a_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(asked: Asked, say: Say) -> str:
    """The number of the answer that somebody at the terminal gives to a question about a file."""
    question = asked.question
    say(question_text(question, asked.kind))
    for row in question.rows:
        say("    " + " · ".join(f"{heading}: {cell}" for heading, cell in row.items()))
    for at, answer in enumerate(question.answers, 1):
        say(f"  {at}  {answer_text(answer, asked.kind)}")
    while True:
        given = input(_("Which one? [1] ")).strip() or "1"
        if given.isdecimal() and 1 <= int(given) <= len(question.answers):
            return given


def agreed() -> bool:
    """Whether somebody at the terminal says yes."""
    return input(_("Import it? [y/N] ")).strip().lower() in ("y", "yes", _("y"), _("yes"))


def summary_lines(result: Data) -> list[str]:
    """The summary of a dry run for a terminal; `result` may lack what only a whole dry run knows."""
    figures = telling.figures(result)
    width = max(len(figure.label) for figure in figures)
    lines = [
        f"  {figure.label.ljust(width)}  {figure.value}" + (f" ({figure.note})" if figure.note else "")
        for figure in figures
    ]
    return lines + [f"  {note}" for note in telling.notes(result)] + [f"! {text}" for text in alarms(result)]


def alarms(result: Data) -> list[str]:
    return telling.alarms(result["summary"])


def require_sum(summary: Data, expected: Sequence[str]) -> None:
    """HabitueError where the sum of a file is not what was expected: then nothing is written."""
    if "sums" not in summary:
        raise HabitueError(_("--expect-sum is for files of orders: the others have no sum."))
    if _amounts(expected, summary["sums"]) != summary["sums"]:
        raise HabitueError(
            _("The file comes to %(sum)s, not to %(expected)s. Nothing was imported.")
            % {"sum": telling.sums(summary["sums"]), "expected": ", ".join(expected)}
        )


def _amounts(expected: Sequence[str], sums: dict[str, int]) -> dict[str, int]:
    """Amounts such as “18204.50” or “18204.50 EUR” in minor units by currency; of one without, that of the file."""
    amounts = {}
    for text in expected:
        match = re.fullmatch(r"\s*([-+]?[0-9.]+)\s*([A-Za-z]{3})?\s*", text)
        currency = match[2].upper() if match and match[2] else next(iter(sums), "")
        try:
            amount = Decimal(match[1] if match else text).scaleb(formats.decimals(currency))
        except InvalidOperation:
            message = _("“%(value)s” is no sum. Write 18204.50, or 18204.50 EUR where the file has several currencies.")
            raise HabitueError(message % {"value": text}) from None
        amounts[currency] = int(amount) if amount == int(amount) else -1
    return amounts
