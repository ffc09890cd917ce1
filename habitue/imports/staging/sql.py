"""DuckDB expressions that parse texts as typed values; `explaining` says why one failed.

Each is NULL for what it cannot parse. Column names are ours and literals are quoted: nothing of the file becomes code.
"""

from __future__ import annotations

import re
from functools import cache

import duckdb
from babel.numbers import get_currency_symbol, list_currencies
from django.utils.translation import gettext as _

from habitue.imports.files.reading import Rows
from habitue.imports.kind import Field
from habitue.imports.mappings.mapping import Mapping, Origin
from habitue.imports.staging.months import IN_WORDS
from habitue.kernel import formats
from habitue.kernel.database import duck
from habitue.kernel.database.quoting import quoted
from habitue.kernel.errors import HabitueError

SPACES = " \t\r\n\u00a0\u202f\u2009"
TRIMMED = "E' \\t\\r\\n\u00a0\u202f\u2009'"  # the same as a literal of SQL on one line
BETWEEN_DIGITS = r"[ \t\r\n\x{a0}\x{202f}\x{2009}’']"  # these and apostrophes, as a pattern
LARGEST = 10**15  # in minor units, or thousandths
NARROW = dict.fromkeys(
    ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "ARS", "CLP", "COP", "TWD", "BBD", "BSD", "BZD", "XCD", "FJD"),
    "$",
) | {"GBP": "£", "JPY": "¥", "CNY": "¥"}  # fmt: skip
EARLIEST, LATEST = "1900-01-01", "2100-01-01"
ANY_DAY = "1000-01-01"  # where the field itself says what is too early
WITH_OFFSET = r".*\d{2}:\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)"
UTC_BEHIND = r"(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$"
OFFSET_BEHIND = r"(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$"
NEUTRALISED = r"^'('*[=+\-@\t\r\n＝＋－＠])"  # see docs/exports.md
FINEST = 11  # decimals that rounding is measured by: thousandths of a quantity times a price of eight decimals
_SIGN = r"(\p{Sc}|[A-Za-z]{1,3}\p{Sc}|[A-Za-z]{3}|(?i:euros?))?"
_GAP = r"[\s\x{a0}\x{202f}\x{2009}]*"
_NUMBER = r"(\d[\d.,’'\s\x{a0}\x{202f}\x{2009}]*?|[.,]\d+)"
MONEY = rf"^{_GAP}([-–−+]?){_GAP}{_SIGN}{_GAP}([-–−+]?){_GAP}{_NUMBER}{_GAP}{_SIGN}{_GAP}([-–−]?){_GAP}$"
BRACKETED = rf"^{_GAP}(\p{{Sc}}?){_GAP}\((.*)\){_GAP}(\p{{Sc}}?){_GAP}$"
BARE = "\\1\\2\\3"  # the same without brackets
DAY_ONLY = r"\d{4}-\d{1,2}-\d{1,2}"


def text(origin: Origin | None, rows: Rows) -> str:
    """Expression for the text of a field: its cells trimmed and joined by a space, NULL when empty."""
    if origin is None:
        return "NULL::VARCHAR"
    if origin.value is not None:
        return quoted(origin.value)
    if origin.made and not origin.columns:
        return "NULL::VARCHAR"
    parts = [f"nullif(trim({_cell(rows, column)}, {TRIMMED}), '')" for column in origin.columns]
    return parts[0] if len(parts) == 1 else f"nullif(concat_ws(' ', {', '.join(parts)}), '')"


def _cell(rows: Rows, column: str) -> str:
    """Expression for a cell, without the apostrophe that our CSV exports put before texts like formulas."""
    cell = rows.at(column)
    return f"regexp_replace({cell}, {quoted(NEUTRALISED)}, '\\1')" if rows.encoding else cell


def number(text: str, mapping: Mapping) -> str:
    """Expression for a number as plain digits and the mapping's decimal mark; NULL when the text is no such number.

    Spaces and apostrophes may separate thousands. 1,234 is refused where the point is the decimal mark, unless the
    mapping allows it: it may mean 1.234. Binary floats as programs print them (0.30000000000000004, 2.2e-16) are
    rounded to six decimals, as those of XLSX and Parquet are.
    """
    mark = mapping.decimal or "."
    group = "," if mark == "." else "."
    m, g = re.escape(mark), re.escape(group)
    plain = quoted(rf"[+-]?(\d+({m}\d*)?|{m}\d+)")
    grouped = quoted(rf"[+-]?\d{{1,3}}({g}\d{{3}})+" + (rf"({m}\d*)?" if mapping.thousands == group else rf"{m}\d*"))
    # Not by translate: several of it in one query take away what another of them said (DuckDB 1.5).
    bare = f"regexp_replace({text}, {quoted(BETWEEN_DIGITS)}, '', 'g')"
    printed = quoted(r"[+-]?\d+(\.\d{10,}|(\.\d+)?[eE][+-]?\d+)")
    rounded = f"TRY_CAST(TRY_CAST({text} AS DOUBLE) AS DECIMAL(18, 6))::VARCHAR"
    return (
        (f"CASE WHEN regexp_full_match({text}, {printed}) THEN {rounded} " if mark == "." else "CASE ")
        + f"WHEN regexp_full_match({text}, {plain}) THEN {text} "
        f"WHEN regexp_full_match({bare}, {plain}) THEN {bare} "
        f"WHEN regexp_full_match({bare}, {grouped}) THEN replace({bare}, {quoted(group)}, '') END"
    )


def parts(number: str, mapping: Mapping) -> tuple[str, str]:
    """Expressions for the integer part of a number, and for its decimals without trailing zeros."""
    mark = quoted(mapping.decimal or ".")
    return f"ltrim(split_part({number}, {mark}, 1), '+')", f"rtrim(split_part({number}, {mark}, 2), '0')"


def scaled(whole: str, decimals: str, exponent: str) -> str:
    """Expression for a number times 10 ** `exponent`, as an integer; NULL when it has more decimals than that."""
    return (
        f"CASE WHEN length({decimals}) <= {exponent} "
        f"THEN TRY_CAST({whole} || rpad({decimals}, {exponent}, '0') AS BIGINT) END"
    )


def rounded(whole: str, decimals: str, exponent: str) -> str:
    """As an integer of its `exponent`-th decimals, rounded half up; a negative one as the positive one is."""
    up = f"CASE WHEN starts_with({whole}, '-') THEN -1 ELSE 1 END"
    return (
        f"TRY_CAST({whole} || rpad(left({decimals}, {exponent}), {exponent}, '0') AS BIGINT) "
        f"+ CASE WHEN substr({decimals}, {exponent} + 1, 1) >= '5' THEN {up} ELSE 0 END"
    )


def fine(whole: str, decimals: str) -> str:
    """As an integer of its FINEST-th decimals: what rounding is measured by."""
    return f"TRY_CAST({whole} || rpad(left({decimals}, {FINEST}), {FINEST}, '0') AS HUGEINT)"


def power(exponent: str) -> str:
    """10 to the power of FINEST - exponent, as an integer."""
    return f"CAST(rpad('1', CAST({FINEST + 1} - ({exponent}) AS INTEGER), '0') AS HUGEINT)"


def divided(amount: str, by: str) -> str:
    """An integer divided by a positive one, rounded half up; a negative one as the positive one is."""
    return f"CAST(sign({amount}) * ((2 * abs({amount}) + {by}) // (2 * {by})) AS BIGINT)"


def shares(total: str, weight: str, within: str = "key", by: str = "line") -> str:
    """The part of an integer `total` (at least 0) that falls on a row, by its weight (at least 0) among the rows of a
    group; the parts add up to the total. Without any weight the first row gets all of it."""
    group, order = f"PARTITION BY {within}", f"PARTITION BY {within} ORDER BY {by}"
    all_ = f"sum(CAST({weight} AS HUGEINT)) OVER ({group})"
    before = (
        f"coalesce(sum(CAST({weight} AS HUGEINT)) OVER ({order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)"
    )
    upto, until = (f"(2 * {total} * ({part}) + {all_}) // (2 * {all_})" for part in (f"{before} + {weight}", before))
    first = f"CASE WHEN row_number() OVER ({order}) = 1 THEN {total} ELSE 0 END"
    return f"CAST(CASE WHEN {all_} > 0 THEN {upto} - {until} ELSE {first} END AS BIGINT)"


def unsigned_money(text: str) -> str:
    """A text without the sign of a currency, and with its minus in front, where it is written `€ 12,50`, `(12,50)` or
    `12,50-`; as it is where it is written in no such way."""
    inner = _within_brackets(text)
    minus = f"concat({', '.join(_part_of_money(inner, at) for at in (1, 3, 6))}, {_bracket(text)})"
    return (
        f"CASE WHEN regexp_full_match({inner}, {quoted(MONEY)}) AND length({minus}) <= 1 "
        f"THEN CASE WHEN {minus} IN ('', '+') THEN '' ELSE '-' END || {_part_of_money(inner, 4)} ELSE {text} END"
    )


def currency_of(text: str) -> str:
    """The codes that the sign in an amount can stand for, with commas around; NULL where there is none."""
    inner = _within_brackets(text)
    sign = f"upper(nullif({_part_of_money(inner, 2)} || {_part_of_money(inner, 5)}, ''))"
    whens = " ".join(f"WHEN {quoted(each)} THEN {quoted(f',{codes},')}" for each, codes in money_signs().items())
    return f"CASE {sign} {whens} ELSE ',' || {sign} || ',' END"


def _within_brackets(text: str) -> str:
    return f"regexp_replace({text}, {quoted(BRACKETED)}, {quoted(BARE)})"


def _bracket(text: str) -> str:
    return f"CASE WHEN regexp_full_match({text}, {quoted(BRACKETED)}) THEN '-' ELSE '' END"


def _part_of_money(text: str, at: int) -> str:
    return f"regexp_extract({text}, {quoted(MONEY)}, {at})"


def whole(text: str, mapping: Mapping, exponent: str) -> str:
    """Expression for a text as an integer times 10 ** `exponent`; NULL where it is none, or beyond ±LARGEST."""
    read = scaled(*parts(number(text, mapping), mapping), exponent)
    return f"CASE WHEN ({read}) BETWEEN -{LARGEST} AND {LARGEST} THEN {read} END"


def chosen(text: str, field: Field) -> str:
    """Expression for the code that a text of a choice field means; TRUE or FALSE for a flag."""
    spelt = {choice.lower(): choice for choice in field.choices} | {word.lower(): code for word, code in field.spelt}
    if field.type == "flag":
        yes, no = (", ".join(quoted(word) for word, code in spelt.items() if code == of) for of in ("yes", "no"))
        return f"CASE WHEN lower({text}) IN ({yes}) THEN TRUE WHEN lower({text}) IN ({no}) THEN FALSE END"
    whens = " ".join(f"WHEN {quoted(word)} THEN {quoted(code)}" for word, code in spelt.items())
    return f"CASE lower({text}) {whens} END" if whens else "NULL::VARCHAR"


def iso(of: str, earliest: str = EARLIEST) -> str:
    return within(f"TRY_CAST({of} AS TIMESTAMP)", value=True, earliest=earliest)


def within(of: str, *, value: bool = False, earliest: str = EARLIEST) -> str:
    """Condition that a timestamp lies between `earliest` and LATEST; with `value`, the timestamp or NULL."""
    inside = f"({of}) BETWEEN TIMESTAMP '{earliest}' AND TIMESTAMP '{LATEST}'"
    return f"CASE WHEN {inside} THEN {of} END" if value else inside


def moment(of: str, mapping: Mapping, earliest: str = EARLIEST) -> tuple[str, str]:
    """Expressions for the instant (TIMESTAMPTZ), and for its day in the company's time zone.

    A day without a time is a day in that zone. A time without a zone is in the mapping's `time_zone`.
    """
    zone, business = quoted(mapping.time_zone), quoted(mapping.business_time_zone)
    written = mapping.date_format or "iso"
    if written in ("iso", IN_WORDS):
        of = zoned(of)
        naive = iso(of, earliest)
        aware = f"CASE WHEN regexp_full_match({of}, {quoted(WITH_OFFSET)}) THEN TRY_CAST({of} AS TIMESTAMPTZ) END"
        aware = f"CASE WHEN ({naive}) IS NOT NULL THEN {aware} END"
        day = f"CASE WHEN regexp_full_match({of}, {quoted(DAY_ONLY)}) THEN ({naive}) END"
    elif "%z" in written:
        aware = f"try_strptime({of}, {quoted(written)})::TIMESTAMPTZ"
        naive = day = "NULL::TIMESTAMP"
    else:
        naive = within(f"try_strptime({of}, {quoted(written)})", value=True, earliest=earliest)
        aware = "NULL::TIMESTAMPTZ"
        day = "NULL::TIMESTAMP" if re.search("%[HIX]", written) else naive
    instant = f"coalesce({aware}, timezone({business}, {day}), timezone({zone}, {naive}))"
    on = f"CAST(coalesce({day}, timezone({business}, {instant})) AS DATE)"
    return instant, on


def zoned(of: str) -> str:
    """Expression that rewrites the time zone for DuckDB: UTC and GMT as Z, " +0200" as "+02:00"."""
    utc = f"regexp_replace({of}, {quoted(UTC_BEHIND)}, {quoted(chr(92) + '1Z')}, 'i')"
    return f"regexp_replace({utc}, {quoted(OFFSET_BEHIND)}, {quoted(chr(92) + '1' + chr(92) + '2:' + chr(92) + '3')})"


def require_format(written: str) -> None:
    if written in ("iso", IN_WORDS):
        return
    try:
        if "%" not in written:
            raise duckdb.Error("%")
        with duck.connect() as connection:
            connection.execute(f"SELECT try_strptime('', {quoted(written)})")
    except duckdb.Error:
        raise HabitueError(
            _('“%(format)s” is no way to write dates. Say for instance date_format = "%%d/%%m/%%Y", or "iso".')
            % {"format": written}
        ) from None


@cache
def money_signs() -> dict[str, str]:
    """Signs of money and the currencies that each is written for, in capitals: of the dollar there are many."""
    signs: dict[str, list[str]] = {"EURO": ["EUR"], "EUROS": ["EUR"], "US$": ["USD"]}
    for code in sorted(list_currencies()):
        for symbol in {get_currency_symbol(code, "en"), get_currency_symbol(code, "fr"), NARROW.get(code, code)}:
            if symbol != code:
                signs.setdefault(symbol.upper(), []).append(code)
    return {sign: ",".join(sorted(set(codes))) for sign, codes in signs.items()}


def currencies() -> str:
    """A FROM clause with the currencies of ISO 4217 and their number of decimals."""
    codes = ", ".join(f"('{code}', {formats.decimals(code)})" for code in sorted(list_currencies()))
    return f"(VALUES {codes}) AS currencies(code, decimals)"
