"""What a cell looks like, told from its shape: the text with every digit written as 9, but a zero in front as 0.

A column of a million dates, amounts or codes has a few shapes: all of its cells are judged at the cost of these.
"""

from __future__ import annotations

import re
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from habitue.imports.evidence import dates

LONGEST_CODE = 40
CURRENCY_MARK = r"(?:€|\$|£|¥|CHF|EUR|USD|GBP|CAD|AUD|JPY|kr|Kr|zł|[A-Z]{2}\$|euros?)"
GAP = "[ \u00a0\u202f\u2009]?"
SIGN = "[-+−–]"
DIGITS = (
    "(?:[09]9{0,2}(?:[ \u00a0\u202f\u2009'’]999)+(?:[.,]9*)?|[09]9{0,2}(?:,999)+(?:\\.9*)?"
    "|[09]9{0,2}(?:\\.999)+(?:,9*)?"
    "|[09]9*(?:[.,]9*)?|[.,]9+)"
)
NUMBER = re.compile(
    rf"{SIGN}?{GAP}\(?{GAP}{CURRENCY_MARK}?{GAP}{SIGN}?{GAP}{DIGITS}{GAP}{CURRENCY_MARK}?{GAP}{SIGN}?\)?"
)
PERCENT = re.compile(rf"{SIGN}?{DIGITS}{GAP}%")
WHOLE = re.compile(r"-?(?:9+|0)")
INTEGER = re.compile(r"[09]9*")
SCIENTIFIC = re.compile(r"9(?:[.,]9+)?[eE]\+?99?")
EMAIL = r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]{2,}"
EMAILS = re.compile(rf"{EMAIL}(?: ?(?::::|,|;) ?{EMAIL})*")
ONE_TELEPHONE = r"\+?\(?[09][09 .\-/()]{5,20}9(?: ?(?:x|ext\.?|poste) ?9{1,5})?"
TELEPHONE = re.compile(rf"{ONE_TELEPHONE}(?: ?(?::::|,|;) ?{ONE_TELEPHONE})*", re.IGNORECASE)
TELEPHONE_MARKS = re.compile(r"^[+0(]|[09]+[ .\-/)][09]+[ .\-/)]+[09]")
CODE = re.compile(r"[#'A-Za-zÀ-ÿ09][A-Za-zÀ-ÿ09._/#\-]*")
CAPITALS = re.compile(r"[A-Z][A-Z_\-]{0,11}")
PERSON = re.compile(r"[^\W\d_][^\W\d_]*(?:['’.\-][^\W\d_]*)*(?: (?:[^\W\d_]+(?:['’.\-][^\W\d_]*)*)){1,4}")
STREET = re.compile(r"[09]9{0,4}(?: ?(?:bis|ter|[A-D]))?,? .*[^\W\d_]{2}.*", re.IGNORECASE)
POSTCODE = re.compile(
    r"(?:[A-Z]{1,2}-)?[09]9{3,4}(?:-9{3,4})?|[A-Z]{1,2}9[A-Z9]? ?9[A-Z]{2}|9{4} ?[A-Z]{2}|[A-Z]9[A-Z] ?9[A-Z]9"
)
LETTER = re.compile(r"[^\W\d_]")


def shapes(texts: pa.StringArray) -> pa.StringArray:
    """The shape of each text."""
    marked = pc.replace_substring_regex(texts, "^0", "\x01")
    return pc.replace_substring(pc.replace_substring_regex(marked, "[0-9]", "9"), "\x01", "0")


def shape(text: str) -> str:
    """The shape of one text."""
    plain = re.sub("[0-9]", "9", text)
    return "0" + plain[1:] if text.startswith("0") else plain


@cache
def looks(shape: str) -> frozenset[str]:
    """Everything that a cell of this shape can be taken for."""
    matches = set()
    if dates.readings(shape):
        matches.add("moment" if dates.has_time(shape) else "date")
    if NUMBER.fullmatch(shape):
        matches.add("number")
    for look, pattern in PATTERNS:
        if pattern.fullmatch(shape):
            matches.add(look)
    if _is_telephone(shape, matches):
        matches.add("telephone")
    if _is_code(shape, matches):
        matches.add("code")
    if LETTER.search(shape):
        matches.add("text")
        if len(shape) > 1 and not matches & {"email", "date", "moment"} and _is_name(shape):
            matches.add("person")
    return frozenset(matches)


PATTERNS = (
    ("percent", PERCENT), ("whole", WHOLE), ("integer", INTEGER), ("scientific", SCIENTIFIC), ("email", EMAILS),
    ("street", STREET), ("postcode", POSTCODE),
)  # fmt: skip


def _is_telephone(shape: str, matches: set[str]) -> bool:
    digits = sum(letter in "09" for letter in shape)
    if (
        matches & {"date", "moment"}
        or not TELEPHONE.fullmatch(shape)
        or not 7 <= digits <= 17 * (1 + shape.count(":::"))
    ):
        return False
    return bool(TELEPHONE_MARKS.search(shape.lstrip("'")))


def _is_code(shape: str, matches: set[str]) -> bool:
    """One word with a digit, or capitals: no date, no number with decimals."""
    if len(shape) > LONGEST_CODE or matches & {"moment", "scientific"}:
        return False
    if matches & {"date"} and not INTEGER.fullmatch(shape):
        return False
    if "number" in matches and not INTEGER.fullmatch(shape) and not re.fullmatch(r"9+\.9", shape):
        return False
    return bool(CAPITALS.fullmatch(shape) or (CODE.fullmatch(shape) and re.search("[09]", shape)))


def _is_name(shape: str) -> bool:
    """Two to five words that begin with capitals, as a person's name does; many a product's name does too."""
    if not PERSON.fullmatch(shape):
        return False
    words = [word for word in re.split(r"[ \-'’]", shape) if len(word) > 2]
    return bool(words) and all(word[0].isupper() for word in words)
