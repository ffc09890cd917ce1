"""What a mapping of orders leaves open, found out from all values of the file; what only a person knows is asked.

A question is an error that shows the values in doubt and the lines of the mapping that answer it.
"""

# ruff: noqa: S608 - names of columns are ours, literals are quoted: nothing of the file becomes code
from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import duckdb
from babel.numbers import list_currencies
from django.utils.translation import gettext as _

from habitue.customers import placeholders
from habitue.imports.files.controls import control
from habitue.imports.files.reading import Rows
from habitue.imports.kind import Kind
from habitue.imports.kinds.orders.cleaning import LONGEST_CODE, amounts
from habitue.imports.mappings.mapping import Mapping, Origin
from habitue.imports.mappings.rules import (
    HALF_UP,
    MULTIPLIED,
    PERCENT,
    PLAIN,
    RATE,
    RETURNED,
    SIGNS,
    TOTAL,
    extended,
)
from habitue.imports.staging import sql
from habitue.imports.vocabulary import vocabulary
from habitue.kernel import formats
from habitue.kernel.database.quoting import quoted
from habitue.kernel.errors import HabitueError

FEWER = 2  # returns of goods are fewer than sales by more than this
SHOWN = 12  # values that a question names
NO_VALUE = r"[^\p{L}\p{N}]*|[#(<\[]*0*[.,]?0*[)>\]]*"  # as in `placeholders`
IDENTIFIERS = ("number", "refund_of", "buyer", "payer", "recipient", "product", "line_recipient")
DIGITS_LOST = r"^[+-]?\d([.,]\d+)?E\+\d{2,}$"
NEGATIVE = r"^[\s\p{Sc}]*([A-Za-z]{3}\s*)?(-|–|−|\().*[1-9]|[1-9].*[-–−]\s*$"
SPACE = r"[\s\x{a0}\x{202f}\x{2009}]*"
SIGNED = (  # an amount with a sign of money, brackets, or a minus that is not the plain one in front
    rf"\p{{Sc}}|^\(.*\d.*\)$|\d{SPACE}[-–−]$|^{SPACE}[–−]{SPACE}\d|^[A-Za-z]{{3}}{SPACE}[-–−]?\d"
    rf"|\d{SPACE}(?:[A-Za-z]{{3}}|(?i:euros?))$"
)


def complete(kind: Kind, rows: Rows, mapping: Mapping, connection: duckdb.DuckDBPyConnection) -> Mapping:
    """The same mapping with statuses, currencies, buyers that are nobody and the writing of amounts filled in."""
    statuses = _statuses(connection, rows, mapping)
    currencies = _currencies(connection, rows, mapping)
    mapping = replace(mapping, rules=extended(mapping.rules, statuses=statuses, currencies=currencies))
    seen = _seen(connection, rows, mapping)
    _refuse_lost_digits(rows, mapping, seen)
    rules = mapping.rules
    more: dict[str, Any] = {}
    if rules.nobody is None:
        more["nobody"] = tuple(seen["nobody"] or ()) + (("",) if seen["no_buyer"] else ())
    if not rules.whole_numbers:
        more["whole_numbers"] = tuple(name for name in IDENTIFIERS if seen.get(f"whole_{name}"))
    if not rules.blank_number and seen["blank_number"] and "number" not in rules.repeat_above:
        more["blank_number"] = "keep_back"
    if not rules.product_or_name and ("product" not in mapping.columns or seen["no_code"]):
        more["product_or_name"] = "yes"
    if not rules.amounts.writing:
        more["writing"] = SIGNS if seen["signs"] else PLAIN
    if not rules.amounts.rounding and seen["too_fine"]:
        more["rounding"] = HALF_UP
    if not rules.amounts.negative and seen["negative"] and _are_returns(connection, rows, mapping):
        more["negative"] = RETURNED
    if more.get("writing") == PLAIN:
        del more["writing"]  # as good as nothing said
    mapping = replace(mapping, rules=extended(rules, **more))
    mapping = replace(mapping, discounts=_turned(mapping, seen))
    if mapping.rules.amounts.writing == SIGNS:
        _check_currency(connection, rows, mapping)
    _check_headings(mapping)
    return mapping


def _seen(connection: duckdb.DuckDBPyConnection, rows: Rows, mapping: Mapping) -> dict[str, Any]:
    """What the values of the file look like: one pass over the columns that are taken."""
    origins = mapping.columns
    cells = {name: sql.text(origins[name], rows) for name in IDENTIFIERS if name in origins and origins[name].columns}
    money = {f"money_{at}": text for at, text in enumerate(_money(rows, mapping))}
    off = {f"off_{at}": sql.text(Origin((of.column,)), rows) for at, of in enumerate(mapping.discounts.values())}
    named = {"product_name": sql.text(origins.get("product_name"), rows)}
    source = ", ".join(f'{text} AS "{name}"' for name, text in (cells | money | off | named).items())
    source += f", {sql.text(origins.get('quantity'), rows)} AS quantity"
    columns = _counts(mapping, {name: f'"{name}"' for name in cells}, list(money))
    for of in cells:
        columns |= _looks_of_identifier(of)
    for at in range(len(off)):
        columns |= _signs_of_discount(at)
    query = "SELECT " + ", ".join(f"{value} AS {name}" for name, value in columns.items())
    query += f" FROM (SELECT {source} FROM file)"
    row = connection.execute(query).fetchone() or ()
    return dict(zip(columns, row, strict=True))


def _counts(mapping: Mapping, texts: dict[str, str], money: list[str]) -> dict[str, str]:
    """Aggregates: who is nobody, what is missing, and how amounts are written. `texts`: identifiers, quoted."""
    buyer, product, name = texts.get("buyer", "'x'"), texts.get("product", "''"), "product_name"
    made = "number" in mapping.columns and mapping.columns["number"].made
    decimals = _decimals(mapping)
    return {
        "nobody": f"list(DISTINCT {buyer}) FILTER ({_is_nobody(buyer)})",
        "no_buyer": f"count(*) FILTER ({buyer} IS NULL)",
        "blank_number": "0" if made or "number" not in texts else f"count(*) FILTER ({texts['number']} IS NULL)",
        "no_code": f"count(*) FILTER (length({product}) > {LONGEST_CODE} OR {product} IS NULL AND {name} IS NOT NULL)",
        "signs": " + ".join(["0", *(f"count(*) FILTER ({_is_signed(text)})" for text in money)]),
        "negative": " + ".join(["0", *(f"count(*) FILTER ({_has_minus(text)})" for text in [*money, "quantity"])]),
        "too_fine": " + ".join(["0", *(f"count(*) FILTER ({_fine(text, mapping, decimals)})" for text in money)]),
    }


def _is_nobody(text: str) -> str:
    """Whether a buyer is a placeholder, as `customers.placeholders` knows them: words without accents, or no words."""
    known = ", ".join(quoted(word) for word in sorted(placeholders.NOTHING | placeholders.NOBODY))
    folded = f"trim(regexp_replace(lower(strip_accents({text})), '[^a-z0-9]+', ' ', 'g'))"
    nothing = f"regexp_full_match({text}, {quoted(NO_VALUE)})"
    short = f"length({text}) <= {placeholders.LONGEST_NAME} AND NOT regexp_matches({text}, '[1-9@]')"
    return f"CASE WHEN {short} THEN {folded} IN ({known}) OR {nothing} ELSE FALSE END"


def _looks_of_identifier(of: str) -> dict[str, str]:
    """Aggregates of the identifier `of`: a value with lost digits, and whether a program wrote whole numbers as 7.0."""
    text, whole, broken = f'"{of}"', quoted(r"^\d+\.0+$"), quoted(r"^\d+\.(0*[1-9]\d*)$")
    return {
        f"lost_{of}": (
            f"min({text}) FILTER (contains({text}, 'E+') AND regexp_matches({text}, {quoted(DIGITS_LOST)}))"
        ),
        f"whole_{of}": (
            f"count(*) FILTER (suffix({text}, '.0') AND regexp_matches({text}, {whole})) > 0 "
            f"AND count(*) FILTER (contains({text}, '.') AND regexp_matches({text}, {broken})) = 0"
        ),
    }


def _signs_of_discount(at: int) -> dict[str, str]:
    """Aggregates of discount number `at`: how many are negative, how many positive."""
    text, minus = f"off_{at}", quoted(r"^[\s\p{Sc}]*(-|–|−|\()|-\s*$")
    return {
        f"minus_{at}": f"count(*) FILTER (regexp_matches({text}, {minus}))",
        f"plus_{at}": (f"count(*) FILTER (regexp_matches({text}, '[1-9]') AND NOT regexp_matches({text}, {minus}))"),
    }


def _has_minus(text: str) -> str:
    return "(" + " OR ".join(f"contains({text}, {quoted(mark)})" for mark in "-–−(") + ")"


def _is_negative(text: str) -> str:
    return f"regexp_matches({text}, {quoted(NEGATIVE)})"


def _are_returns(connection: duckdb.DuckDBPyConnection, rows: Rows, mapping: Mapping) -> bool:
    """Whether orders of which no line is above 0 and one below are goods returned: far fewer than the others, and of
    people who have bought.

    Where they are not, what the minus means is not sure: outgoing payments may be written so, or all sales.
    """
    origins = mapping.columns
    of = {MULTIPLIED: ("quantity", "unit_price"), TOTAL: ("order_total",)}.get(mapping.rules.amounts.rule)
    names = of or next(((name,) for name in ("gross", "amount", "paid") if name in origins), ())
    texts = [sql.text(origins[name], rows) for name in names if name in origins]
    if not texts:
        return False
    sign = " * ".join(
        f"CASE WHEN {_is_negative(x)} THEN -1 WHEN regexp_matches({x}, '[1-9]') THEN 1 END" for x in texts
    )
    number, of_sale = origins["number"], origins.get("refund_of")
    key = "line" if number.made else f"coalesce({sql.text(number, rows)}, line::VARCHAR)"
    named = f" WHERE {sql.text(of_sale, rows)} IS NULL" if of_sale else ""
    buyer = sql.text(origins.get("buyer"), rows)
    query = f"""
        WITH orders AS (SELECT max({sign}) AS most, max({buyer}) AS buyer FROM file{named} GROUP BY {key}),
            buyers AS (SELECT DISTINCT buyer FROM orders WHERE most > 0 AND buyer IS NOT NULL)
        SELECT count(*) FILTER (most < 0), count(*) FILTER (most > 0), count(*) FILTER (most < 0 AND buyer IS NOT NULL),
            count(*) FILTER (most < 0 AND buyer IN (FROM buyers))
        FROM orders
    """
    returned, sold, named_ones, of_buyers = connection.execute(query).fetchone() or (0, 0, 0, 0)
    return bool(0 < returned * FEWER < sold and of_buyers * 2 >= named_ones)


def _is_signed(text: str) -> str:
    """Whether an amount is written with a sign: looked at closely only where it is no plain number."""
    return f"TRY_CAST({text} AS DOUBLE) IS NULL AND regexp_matches({text}, {quoted(SIGNED)})"


def _money(rows: Rows, mapping: Mapping) -> list[str]:
    """The cells that hold amounts: not rates."""
    names = [text.removeprefix("t_") for text in amounts(mapping) if text.startswith("t_")]
    texts = [sql.text(mapping.columns[name], rows) for name in names]
    plain = [discount for discount in mapping.discounts.values() if discount.rule not in (RATE, PERCENT)]
    return texts + [sql.text(Origin((discount.column,)), rows) for discount in plain]


def _decimals(mapping: Mapping) -> int:
    if mapping.unit == "minor":
        return 0
    currency = mapping.columns.get("currency")
    return formats.decimals(currency.value.upper()) if currency and currency.value else 2


def _fine(text: str, mapping: Mapping, decimals: int) -> str:
    """Whether an amount has more decimals than its currency. One that a program printed is rounded anyway."""
    mark = re.escape(mapping.decimal or ".")
    finer = quoted(rf"{mark}[0-9]{{{decimals}}}[0-9]*[1-9]")
    return f"length({text}) > {decimals + 1} AND regexp_matches({text}, {finer})"


def _refuse_lost_digits(rows: Rows, mapping: Mapping, seen: dict[str, Any]) -> None:
    for name in IDENTIFIERS:
        if value := seen.get(f"lost_{name}"):
            raise HabitueError(
                _(
                    "The column “%(column)s” holds %(value)s: a spreadsheet has cut off the digits of its numbers, and "
                    "different ones cannot be told apart any more. Export the file again, and do not open it in a "
                    "spreadsheet before you bring it in; or format the column as a number without decimals, if its "
                    "digits are still there."
                )
                % {"column": " + ".join(mapping.columns[name].columns), "value": value}
            )


def _statuses(connection: duckdb.DuckDBPyConnection, rows: Rows, mapping: Mapping) -> dict[str, str]:
    """What each status of the file means: as the mapping says, else by known words; an error that lists the others."""
    origin = mapping.columns.get("status")
    said = {word.lower(): code for word, code in mapping.rules.statuses.items()}
    if origin is None:
        return mapping.rules.statuses
    known = dict(vocabulary().spelt("orders", "statuses")) | said
    values = _values(connection, sql.text(origin, rows))
    if unknown := [value for value in values if value.lower() not in known]:
        raise HabitueError(
            _(
                "The file has statuses that nobody has told us the meaning of: %(values)s. Say what they mean: "
                "%(control)s."
            )
            % {"values": ", ".join(f"“{value}”" for value in unknown[:SHOWN]), "control": control("statuses")}
        )
    return mapping.rules.statuses | {value: known[value.lower()] for value in values if value.lower() not in said}


def _currencies(connection: duckdb.DuckDBPyConnection, rows: Rows, mapping: Mapping) -> dict[str, str]:
    """Signs and words for currencies in their column, and the code of each; an error for one of many meanings."""
    origin = mapping.columns.get("currency")
    if origin is None or origin.value is not None:
        return mapping.rules.currencies
    codes = set(list_currencies())
    said = {word.upper() for word in mapping.rules.currencies}
    more: dict[str, str] = {}
    for value in _values(connection, sql.text(origin, rows)):
        meant = sql.money_signs().get(value.upper(), "")
        if value.upper() in codes or value.upper() in said or not meant:
            continue  # what is no currency is said of its row
        if "," in meant:
            raise HabitueError(
                _(
                    "“%(value)s” in the column “%(column)s” can be several currencies (%(codes)s). Say which: "
                    "%(control)s."
                )
                % {"value": value, "column": " + ".join(origin.columns), "codes": meant.replace(",", ", "),
                   "control": control("currencies")}
            )  # fmt: skip
        more[value] = meant
    return mapping.rules.currencies | more


def _values(connection: duckdb.DuckDBPyConnection, text: str) -> list[str]:
    query = f"SELECT {text} AS v FROM file WHERE {text} IS NOT NULL GROUP BY 1 ORDER BY min(line)"
    return [value for (value,) in connection.execute(query).fetchall()]


def _turned(mapping: Mapping, seen: dict[str, Any]) -> dict[str, Any]:
    """Discounts that the file writes as negative amounts, all of them."""
    return {
        name: replace(discount, negative=True)
        if seen[f"minus_{at}"] and not seen[f"plus_{at}"] and discount.rule not in (RATE, PERCENT)
        else discount
        for at, (name, discount) in enumerate(mapping.discounts.items())
    }


def _check_currency(connection: duckdb.DuckDBPyConnection, rows: Rows, mapping: Mapping) -> None:
    """HabitueError where amounts have a sign that does not agree with the one currency that the mapping gives them."""
    currency = mapping.columns["currency"].value
    if currency is None:
        return
    for text in _money(rows, mapping):
        codes = sql.currency_of(text)
        odd = f"NOT contains({codes}, {quoted(f',{currency.upper()},')})"
        value, meant = connection.execute(f"SELECT min({text}), min({codes}) FROM file WHERE {odd}").fetchone() or (
            "",
            "",
        )
        if value and set(meant.strip(",").split(",")) <= set(list_currencies()):
            _ask_currency(value, currency, meant.strip(",").split(","))


def _check_headings(mapping: Mapping) -> None:
    """The same for a sign in a heading, such as “Amount ($)”."""
    currency = mapping.columns["currency"].value
    headings = [column for text in amounts(mapping) if (origin := mapping.columns.get(text.removeprefix("t_")))
                for column in origin.columns]  # fmt: skip
    for heading in headings if currency else []:
        for word in re.findall(r"[€$£¥]|\b[A-Z]{3}\b", heading):
            codes = sql.money_signs().get(word) or (word if word in list_currencies() else "")
            if codes and currency and currency.upper() not in codes.split(","):
                _ask_currency(heading, currency, codes.split(","))


def _ask_currency(value: str, currency: str, codes: list[str]) -> None:
    raise HabitueError(
        _(
            "“%(value)s” is not %(currency)s, which is taken for the currency of this file. It may be %(codes)s. Say "
            "which: %(control)s."
        )
        % {"value": value, "currency": currency, "codes": ", ".join(codes), "control": control("currency")}
    )
