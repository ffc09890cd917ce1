"""Workbooks of the same kind as the text files beside: each a function that gives its bytes, and what is right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from tests.imports.reading_tables import workbook

HEAD = ["Order number", "Customer ID", "Order date", "SKU", "Quantity", "Amount"]
DAY = dt.date(2024, 3, 14)
Right = dict[str, Any]


def _row(number: Any, amount: Any, day: Any = DAY, buyer: Any = "K1") -> list[Any]:
    return [number, buyer, day, "SOAP", 1, amount]


BOOKS: dict[str, tuple[Callable[[], bytes], Right]] = {
    "true_dates_and_numbers": (
        lambda: workbook(("Sales", [HEAD, _row("A1", 12.5), _row("A2", 20)])),
        {"right": {"A1": 1250, "A2": 2000}, "days": {"A1": "2024-03-14"}},
    ),
    "numbers_of_orders_as_numbers": (
        lambda: workbook(("Sales", [HEAD, _row(1001, 12.5, buyer=77), _row(1002, 20, buyer=78)])),
        {"right": {"1001": 1250, "1002": 2000}, "buyers": {"1001": "77", "1002": "78"}},
    ),
    "a_month_a_sheet": (
        lambda: workbook(
            ("January", [HEAD, _row("A1", 12.5, dt.date(2024, 1, 14))]),
            ("February", [HEAD, _row("A2", 20, dt.date(2024, 2, 14))]),
        ),
        {"right": {"A1": 1250, "A2": 2000}},
    ),
    "sheets_with_other_orders_of_columns": (
        lambda: workbook(
            ("January", [HEAD, _row("A1", 12.5)]), ("February", [HEAD[::-1], _row("A2", 20)[::-1]])
        ),
        {"right": {"A1": 1250, "A2": 2000}},
    ),
    "a_hidden_sheet_first": (
        lambda: workbook(
            ("Lists", [["Key", "Value"], ["vat", "20"]]), ("Sales", [HEAD, _row("A1", 12.5)]), hidden=["Lists"]
        ),
        {"right": {"A1": 1250}},
    ),
    "titles_and_an_empty_line": (
        lambda: workbook(("Sales", [["Sales of March"], [], HEAD, _row("A1", 12.5), _row("A2", 20)])),
        {"right": {"A1": 1250, "A2": 2000}},
    ),
    "merged_cells_of_an_order": (
        lambda: workbook(
            ("Sales", [HEAD, _row("A1", 12.5), [None, None, None, "COMB", 1, 4], _row("A2", 20)]),
            merged=["A2:A3", "B2:B3", "C2:C3"],
        ),
        {"right": {"A1": 1650, "A2": 2000}},
    ),
    "a_total_below": (
        lambda: workbook(("Sales", [HEAD, _row("A1", 12.5), _row("A2", 20), ["Total", None, None, None, 2, 32.5]])),
        {"right": {"A1": 1250, "A2": 2000}},
    ),
    "days_that_a_spreadsheet_has_swapped": (
        lambda: workbook(
            ("Sales", [HEAD, _row("A1", 12.5, dt.date(2024, 1, 3)), _row("A2", 20, "13/03/2024")])
        ),
        {"ask": True},
    ),
    "swapped_in_the_first_of_two_sheets": (
        lambda: workbook(
            ("One", [HEAD, _row("A1", 12.5, dt.date(2024, 1, 3)), _row("A2", 20, "13/03/2024")]),
            ("Two", [HEAD, _row("A3", 7, dt.date(2024, 5, 25))]),
        ),
        {"ask": True},
    ),
    "sheets_that_repeat_rows": (
        lambda: workbook(
            ("March", [HEAD, _row("A1", 12.5), _row("A2", 20)]),
            ("All", [HEAD, _row("A1", 12.5), _row("A2", 20), _row("A3", 7)]),
        ),
        {"ask": True},
    ),
    "goods_returned_and_quotations_in_sheets_of_their_own": (
        lambda: workbook(
            ("Devis", [HEAD, _row("A9", 90)]),
            ("Ventes 2024", [HEAD, _row("A1", 12.5), _row("A2", 20)]),
            ("Retours 2024", [HEAD, _row("A3", 7)]),
        ),
        {"ask": True},
    ),
    "binary_fractions": (
        lambda: workbook(("Sales", [HEAD, _row("A1", 0.1 + 0.2), _row("A2", 1.1 * 3)])),
        {"right": {"A1": 30, "A2": 330}},
    ),
}  # fmt: skip
