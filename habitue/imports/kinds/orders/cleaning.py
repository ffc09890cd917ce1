"""The texts of a file of orders made cleaner before they are judged: only what its mapping says, else nothing."""

# ruff: noqa: S608 - names of columns are ours, literals are quoted: nothing of the file becomes code
from __future__ import annotations

from habitue.imports.kind import Field
from habitue.imports.mappings.mapping import Mapping
from habitue.imports.mappings.rules import PERCENT, SIGNS
from habitue.imports.staging import sql
from habitue.imports.staging.derivation import replacing
from habitue.imports.staging.steps import Step
from habitue.kernel.database.quoting import quoted

LONGEST_CODE = 64
SHORTENED = 47  # characters kept of a name that serves as a code, before 16 that tell it from others


def steps(mapping: Mapping, fields: tuple[Field, ...]) -> list[Step]:
    """Steps over `{source}`: numbers, buyers that are nobody, products without a code, writings of money."""
    rules = mapping.rules
    steps = []
    if (number := mapping.columns.get("number")) and number.made:
        steps.append(replacing("made", {"t_number": _made(bool(number.columns), mapping, fields)}))
    if rules.number_prefix:
        prefix = quoted(rules.number_prefix)
        steps.append(replacing("prefixed", {of: f"{prefix} || {of}" for of in ('"t_number"', '"t_refund_of"')}))
    if rules.nobody:
        nobody = ", ".join(quoted(value.lower()) for value in rules.nobody)
        is_nobody = f"coalesce(lower(t_buyer), '') IN ({nobody})"
        columns = {of: f"CASE WHEN {is_nobody} THEN NULL ELSE {of} END" for of in ("t_buyer", "t_buyer_name")}
        steps.append(replacing("somebody", columns))
    if rules.currencies:
        whens = " ".join(f"WHEN {quoted(k.upper())} THEN {quoted(v)}" for k, v in rules.currencies.items())
        steps.append(replacing("in_codes", {"t_currency": f"CASE upper(t_currency) {whens} ELSE t_currency END"}))
    if rules.product_or_name:
        steps.append(replacing("coded", _product()))
    percents = [f"d_{name}" for name, discount in mapping.discounts.items() if discount.rule == PERCENT]
    percents += ["t_tax_rate"] if "tax_rate" in mapping.columns else []
    if percents:
        columns = {text: f"regexp_replace({text}, {quoted(PERCENT_BEHIND)}, '')" for text in percents}
        steps.append(replacing("without_percent", columns))
    if rules.amounts.writing == SIGNS:
        steps += _signs(mapping, percents)
    return steps


EMPTY = quoted("")
PERCENT_BEHIND = r"[\s\x{a0}\x{202f}]*%$"


def amounts(mapping: Mapping) -> list[str]:
    """The texts that are money."""
    names = ("gross", "amount", "paid", "unit_price", "line_tax", "order_total", "shipping", "tax", "refunded")
    money = [f"t_{name}" for name in names if name in mapping.columns]
    return money + [f"d_{name}" for name in mapping.discounts]


def _made(of_columns: bool, mapping: Mapping, fields: tuple[Field, ...]) -> str:
    """A number made of what identifies the row: the same row gets the same whenever it comes. Rows that are the same
    in all are told apart by how many came before."""
    if of_columns:
        return "'X' || upper(substr(md5(t_number), 1, 15))"
    texts = [field.text for field in fields if field.name in mapping.columns and field.name != "number"]
    content = f"concat_ws(chr(31), {', '.join(f'coalesce({text}, {EMPTY})' for text in texts)})"
    again = f"row_number() OVER (PARTITION BY {', '.join(texts)} ORDER BY line)"
    return f"'X' || upper(substr(md5({content} || chr(31) || {again}), 1, 15))"


def _product() -> dict[str, str]:
    """The code, or else the name, which may be longer than a code: then its beginning and a sum of all of it."""
    code = "coalesce(t_product, t_product_name)"
    short = f"left({code}, {SHORTENED}) || '~' || substr(md5({code}), 1, 16)"
    return {
        "t_product": f"CASE WHEN length({code}) > {LONGEST_CODE} THEN {short} ELSE {code} END",
        "t_product_name": f"CASE WHEN length(t_product) > {LONGEST_CODE} THEN coalesce(t_product_name, t_product) "
        "ELSE t_product_name END",
    }


def _signs(mapping: Mapping, percents: list[str]) -> list[Step]:
    """Amounts without signs of currencies; `money_sign` keeps the codes that they can stand for."""
    money = [text for text in amounts(mapping) if text not in percents]
    signs = ", ".join(sql.currency_of(text) for text in money)
    sign = f"CASE WHEN least({signs}) <> greatest({signs}) THEN ',?,' ELSE coalesce({signs}) END"
    step = Step("signed_money", f"SELECT *, {sign} AS money_sign FROM {{source}}")
    return [step, replacing("bare_money", {text: sql.unsigned_money(text) for text in money})]
