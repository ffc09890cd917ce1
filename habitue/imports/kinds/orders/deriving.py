"""The facts of one line of an order, from what the file gives of them.

gross is before any discount; paid = gross - all discounts; amount = paid + what others reimburse us. The file gives at
least one of the three; the others follow, and what is given twice must agree.
"""

# ruff: noqa: S608 - names of columns are ours, literals are quoted: nothing of the file becomes code
from __future__ import annotations

from habitue.imports.kinds import Kind
from habitue.imports.mappings.mapping import AMOUNTS, Mapping
from habitue.imports.staging import sql
from habitue.imports.staging.engine import quoted

FACTS = ("product", "product_name", "family", "quantity", "gross", "amount", "paid", "discounts", "recipient")


def order_lines(kind: Kind, mapping: Mapping, source: str) -> str:
    """A query that gives line, key, FACTS, sign and fault for each row of `source`.

    `source` has the texts as `t_<fact>` and `d_<kind of discount>`, and `decimals` and `refund` of the order.
    """
    return _signed(mapping, _checked(kind, mapping, _completed(mapping, _read(mapping, source))))


def _numbers(mapping: Mapping) -> dict[str, str]:
    """Short names of the numbers in a row, and their texts."""
    numbers = {"quantity": "t_quantity"} | {name: f"t_{name}" for name in AMOUNTS if name in mapping.columns}
    return numbers | {f"d{at}": f"d_{name}" for at, name in enumerate(mapping.discounts)}


def _read(mapping: Mapping, source: str) -> str:
    """The numbers as integers, in layers: what one computes, the next uses more than once."""
    exponents = dict.fromkeys(_numbers(mapping), "0" if mapping.unit == "minor" else "decimals") | {"quantity": "3"}
    layers = [
        [f"{sql.number(text, mapping)} AS n_{name}" for name, text in _numbers(mapping).items()],
        [f"{w} AS w_{name}, {d} AS f_{name}" for name in exponents for w, d in [sql.parts(f"n_{name}", mapping)]],
        [f"{sql.scaled(f'w_{name}', f'f_{name}', exponent)} AS u_{name}" for name, exponent in exponents.items()],
        [
            f"CASE WHEN u_{name} BETWEEN -{sql.LARGEST} AND {sql.LARGEST} THEN u_{name} END AS v_{name}"
            for name in exponents
        ],
    ]
    for layer in layers:
        source = f"(SELECT *, {', '.join(layer)} FROM {source})"
    return source


def _completed(mapping: Mapping, source: str) -> str:
    """As for a sale: the signs of a refund are taken off, to be put back at the end."""
    given = [name for name in AMOUNTS if name in mapping.columns]
    first = f"coalesce({', '.join(f'v_{name}' for name in given)})"
    discounts = range(len(mapping.discounts))
    reimbursed = [at for at, discount in enumerate(mapping.discounts.values()) if discount.reimbursed]
    amounts = ", ".join(f"s * v_{name} AS {name}_" if name in given else f"NULL AS {name}_" for name in AMOUNTS)
    parts = "".join(
        f", CASE WHEN refund THEN abs(coalesce(v_d{at}, 0)) ELSE coalesce(v_d{at}, 0) END AS x{at}" for at in discounts
    )
    taken = " + ".join(["0", *(f"x{at}" for at in discounts)])
    returned = " + ".join(["0", *(f"x{at}" for at in reimbursed)])
    return f"""
        SELECT *, coalesce(gross_, amount_ + taken - returned, paid_ + taken) AS gross,
            coalesce(amount_, gross_ - taken + returned, paid_ + returned) AS amount,
            coalesce(paid_, gross_ - taken, amount_ - returned) AS paid
        FROM (SELECT *, {taken} AS taken, {returned} AS returned
        FROM (SELECT *, {amounts}{parts}, CASE WHEN refund THEN abs(v_quantity) ELSE v_quantity END AS quantity
        FROM (SELECT *, sign({first}) AS sign, CASE WHEN refund AND {first} < 0 THEN -1 ELSE 1 END AS s
        FROM {source})))
    """


def _checked(kind: Kind, mapping: Mapping, source: str) -> str:
    given = [name for name in AMOUNTS if name in mapping.columns]
    faults = ["WHEN extra IS NOT NULL THEN ':too_many_cells'", "WHEN contradiction IS NOT NULL THEN contradiction"]
    for field in kind.own:
        if field.type == "text" and field.name in mapping.columns:
            faults.append(f"WHEN length(t_{field.name}) > {field.limit} THEN '{field.name}:too_long'")
    faults.append("WHEN t_product IS NULL THEN 'product:missing'")
    for name, text in _numbers(mapping).items():
        label = text.removeprefix("t_").replace("d_", "discounts.", 1) if text.startswith("d_") else name
        if not text.startswith("d_"):
            faults.append(f"WHEN {text} IS NULL THEN '{label}:missing'")
        faults.append(f"WHEN {text} IS NOT NULL AND v_{name} IS NULL THEN '{label}:unreadable'")
    for at, name in enumerate(mapping.discounts):
        faults.append(f"WHEN x{at} < 0 THEN 'discounts.{name}:negative'")
    faults.append("WHEN quantity < 0 THEN 'quantity:negative'")
    faults += [f"WHEN s * v_{name} < 0 THEN '{name}:negative'" for name in given if name != "paid"]
    faults.append(f"WHEN gross < 0 OR amount < 0 THEN '{given[0]}:discounts_exceed'")
    faults.append(f"WHEN paid <> gross - taken OR amount <> paid + returned THEN '{given[-1]}:disagree'")
    return f"SELECT *, CASE {' '.join(faults)} END AS fault FROM ({source})"


def _signed(mapping: Mapping, source: str) -> str:
    turn = "CASE WHEN refund THEN -1 ELSE 1 END"
    pairs = "".join(
        f", CASE WHEN x{at} <> 0 THEN {quoted(f'{chr(34)}{name}{chr(34)}:')} || ({turn} * x{at}) END"
        for at, name in enumerate(mapping.discounts)
    )
    discounts = f"'{{' || concat_ws(','{pairs}) || '}}'" if pairs else "'{}'"
    numbers = ", ".join(f"CAST({turn} * {name} AS BIGINT) AS {name}" for name in ("quantity", *AMOUNTS))
    return f"""
        SELECT line, key, t_product AS product, t_product_name AS product_name, t_family AS family, {numbers},
            {discounts} AS discounts, t_line_recipient AS recipient, sign, fault
        FROM ({source})
    """
