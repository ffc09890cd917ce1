"""Columns that nothing is taken from and that may say of a row that it is no sale: they are asked about."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np

from habitue.imports.evidence import words
from habitue.imports.evidence.clues import HALF, MOSTLY
from habitue.imports.evidence.columns import Column
from habitue.imports.evidence.guess import UNSURE, Rule
from habitue.imports.evidence.reading import Reading
from habitue.imports.vocabulary import flag_words, vocabulary
from habitue.kernel.names import name_key

SALE, GIVEN_BACK, NOT_A_SALE = "sale", "given_back", "not_a_sale"
MOST = 12  # values of a column that says what a row is
ANY = "*"  # in the place of a value: any cell that is not empty


def rows_that_count(reading: Reading, used: Iterable[str]) -> Rule | None:
    """What the values of such columns may mean, by heading; None where there is no such column. Never sure."""
    taken, meanings = {*used}, {}
    for column in reading.clues.columns:
        if column.heading in taken or column.empty:
            continue
        meant = _meanings(column)
        if meant and not _said_by_status(reading, column, meant) and not _said_by_money(reading, meant):
            meanings[column.heading] = meant
    return Rule("rows_that_count", meanings, UNSURE) if meanings else None


def _meanings(column: Column) -> dict[str, str]:
    """What each value means, where at least one is no plain sale; empty for all other columns."""
    meant: dict[str, str] = {}
    undone = _undone(column)
    if column.dated and undone and column.share_empty > 0:
        meant = {ANY: undone}
    elif column.flag and undone and (not column.constant or column.share_empty > 0):
        meant = {value: undone if _is_yes(value) else SALE for value in column.values}
    elif _speaks_of_rows(column):
        meant = {value: words.status_of(value, column.heading) or SALE for value in column.values}
    if not set(meant.values()) - {SALE}:
        return {}
    return meant | ({"": SALE} if column.share_empty > 0 else {})


def _said_by_status(reading: Reading, column: Column, meant: dict[str, str]) -> bool:
    """Whether the status says it already of all these rows."""
    status = reading.column("status")
    if status is None or status.empty:
        return False
    table = reading.clues.evidence.table
    doubtful = np.array([False, *(meant.get(text, meant.get(ANY, SALE)) != SALE for text in _texts(reading, column))])
    known = [words.status_of(text, status.heading) not in ("", SALE) for text in _texts(reading, status)]
    return bool(np.array([False, *known])[table.codes[status.at]][doubtful[table.codes[column.at]]].all())


def _said_by_money(reading: Reading, meant: dict[str, str]) -> bool:
    """Whether a column of money says what was given back."""
    if set(meant.values()) - {SALE, GIVEN_BACK}:
        return False
    clues = reading.clues
    return any(clues.meaning(column.at) == "refunded" and column.numeric for column in clues.columns)


def _texts(reading: Reading, column: Column) -> list[str]:
    texts: list[str] = reading.clues.evidence.table.texts[column.at].to_pylist()
    return texts


def _undone(column: Column) -> str:
    """What a heading such as “Cancelled at” or “Refunded” says of the rows that it is true of."""
    key = words.heading_key(column.heading).split()
    for code in (GIVEN_BACK, NOT_A_SALE):
        if any(token.startswith(stem) for token in key for stem in words.undone(code)):
            return code
    return ""


def _speaks_of_rows(column: Column) -> bool:
    """Whether the values are statuses or kinds of documents, some of them known."""
    if not column.values or column.distinct > MOST or column.numeric or column.dated or column.flag:
        return False
    share = column.share("status")
    return share >= MOSTLY or (share > 0 and words.says_kind_of_row(column.heading)) or (share >= HALF and _few(column))


def _few(column: Column) -> bool:
    return column.distinct <= MOST // 2 and column.rows > column.distinct


def _is_yes(value: str) -> bool:
    return _yes().get(name_key(value), _yes().get(value.casefold(), "")) == "yes"


@cache
def _yes() -> dict[str, str]:
    return dict(flag_words(vocabulary()))
