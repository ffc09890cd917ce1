"""Dates whose month is a word, such as 13 mars 2024, 13-Mar-24 and Mar 13, 2024 10:12 AM, as ISO 8601 writes them."""

from __future__ import annotations

from datetime import date

from habitue.kernel.database.quoting import quoted
from habitue.kernel.parsing import months

IN_WORDS = "in_words"  # the date format of a mapping
WEEKDAY = r"(?:[a-z]{2,9}\.?,? )?"
GAP = r"[ ./\-]+"
CLOCK = r"(\d{1,2})[:h](\d{2}(?::\d{2})?)(?:[.,]\d+)? ?([ap])?\.?(?:m\.?)?( ?(?:z|utc|gmt|[+-]\d{2}:?\d{2}))?"
TIME = rf"(?:[ ,t]+(?:at |a )?{CLOCK})?"


def in_digits(text: str) -> str:
    """Expression for a date with its month as a number; a text that is no such date stays as it is."""
    word = f"({'|'.join(sorted(months(), key=len, reverse=True))})"
    month_first = rf"^{WEEKDAY}{word}\.?{GAP}(\d{{1,2}})(?:st|nd|rd|th)?,?{GAP}(\d{{4}}|\d{{2}})\b"
    whole = rf"^{WEEKDAY}(\d{{1,2}})(?:er|st|nd|rd|th|\.)?{GAP}{word}\.?,?{GAP}(\d{{4}}|\d{{2}}){TIME}$"
    folded = rf"regexp_replace(strip_accents(lower({text})), {quoted(month_first)}, '\2 \1 \3')"

    def part(at: int) -> str:
        return f"regexp_extract({folded}, {quoted(whole)}, {at})"

    numbers = "MAP {" + ", ".join(f"{quoted(name)}: '{number:02}'" for name, number in months().items()) + "}"
    day = f"{_year(part(3))} || '-' || {numbers}[{part(2)}] || '-' || lpad({part(1)}, 2, '0')"
    clock = f"' ' || {_hour(part(4), part(6))} || ':' || {part(5)} || upper({part(7)})"
    moment = f"{day} || CASE WHEN {part(4)} = '' THEN '' ELSE {clock} END"
    is_one = f"regexp_matches({text}, '[A-Za-z]{{3}}|[A-Za-z]\\p{{L}}') AND regexp_matches({folded}, {quoted(whole)})"
    return f"CASE WHEN {is_one} THEN {moment} ELSE {text} END"


def _year(written: str) -> str:
    """Four digits of a year; of two digits the last that is not yet to come."""
    coming = f"{date.today().year + 1:04}"[2:]
    return f"CASE WHEN length({written}) = 4 THEN '' WHEN {written} > '{coming}' THEN '19' ELSE '20' END || {written}"


def _hour(hour: str, half: str) -> str:
    """Two digits of the hour, from noon on after a p."""
    number = f"TRY_CAST({hour} AS INTEGER)"
    of_day = f"CASE {half} WHEN 'p' THEN {number} % 12 + 12 WHEN 'a' THEN {number} % 12 ELSE {number} END"
    return f"lpad(({of_day})::VARCHAR, 2, '0')"
