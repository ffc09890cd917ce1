"""Amounts that do not stand in a column of their line: prices times quantities, rates, taxes, amounts of the order.

Steps for `deriving.Orders`, each left out where the mapping does not speak of it. Amounts of the order count once,
whether they stand on its first line or on each; what falls on a line of them is its share by amount.
"""

# ruff: noqa: S608 - names of columns are ours, literals are quoted: nothing of the file becomes code
from __future__ import annotations

from typing import TYPE_CHECKING

from habitue.imports.mappings.rules import HALF_UP, MULTIPLIED, SIGNS, TOTAL, WITHOUT
from habitue.imports.staging import sql
from habitue.imports.staging.steps import Step, more, other, select
from habitue.kernel.database.quoting import quoted

if TYPE_CHECKING:
    from habitue.imports.kinds.orders.deriving import Orders
    from habitue.imports.staging.derivation import When

ONE = "CAST(100000000 AS HUGEINT)"  # the whole, in the eight decimals of a rate
MOST_RATE = 10**8
BUYER_SAYS = ("t_buyer", "t_buyer_name", "t_placed_at", "t_place", "t_currency")


def price_steps(of: Orders) -> list[Step]:
    """`ordered`: `head` is the first line of its order, o_x what the order says of x. `priced`: amounts by the rule."""
    steps = []
    if _of_the_order(of):
        columns = {"head": "min(line) OVER (PARTITION BY key)", "lines_": "count(*) OVER (PARTITION BY key)"}
        columns |= {f"o_{x}": _once(x) for x in (*of.of_order, *of.spread)}
        steps.append(more("ordered", "bounded", columns))
    if of.computed:
        steps.append(more("priced", "ordered" if steps else "bounded", {f"v_{of.computed}": _price(of)}))
    return steps


def priced(of: Orders) -> str:
    """The last step of `price_steps`, or the one before it."""
    return "priced" if of.computed else "ordered" if _of_the_order(of) else "bounded"


def discount_steps(of: Orders) -> list[Step]:
    """`spread`: discounts of the order by line. `rated`: rates as money, from the amounts of their row."""
    steps = []
    if of.spread:
        weight = "greatest(coalesce(gross_, amount_, paid_), 0)"
        steps.append(other("spread", "unsigned", {f"x_{x}": sql.shares(f"x_{x}", weight) for x in of.spread}))
    if of.rates:
        source = steps[-1].name if steps else "unsigned"
        steps.append(other("rated", source, {f"x_{x}": _rate(of, x) for x in of.rates}))
    return steps


def discounted(of: Orders) -> str:
    """The last step of `discount_steps`, or the one before it."""
    return "rated" if of.rates else "spread" if of.spread else "unsigned"


def tax_steps(of: Orders) -> list[Step]:
    """`tax_added`: amounts with the tax that the file gives beside amounts without it."""
    if of.rules.amounts.tax != WITHOUT or (of.computed == "paid" and of.rules.amounts.rule == TOTAL):
        return []
    if "tax" in of.of_order:
        tax = sql.shares("abs(coalesce(o_tax, 0))", "greatest(paid, 0)")
    elif "line_tax" in of.texts:
        tax = "CASE WHEN refund THEN abs(coalesce(v_line_tax, 0)) ELSE coalesce(v_line_tax, 0) END"
    else:
        tax = sql.divided("CAST(paid AS HUGEINT) * v_tax_rate", ONE)
    taxed = {x: f"(x_{x} + {_tax_of(of, x)})" for x in of.discounts}
    amounts = {
        "gross": " + ".join(["paid + added_tax", *taxed.values()]),
        "amount": " + ".join(["paid + added_tax", *(taxed[x] for x in of.reimbursed)]),
        "paid": "paid + added_tax",
    }
    amounts |= {"taken": " + ".join(["0", *taxed.values()])}
    amounts |= {"returned": " + ".join(["0", *(taxed[x] for x in of.reimbursed)])}
    amounts |= {f"x_{x}": value for x, value in taxed.items()}
    return [more("taxes", "completed", {"added_tax": tax}), other("tax_added", "taxes", amounts)]


def _tax_of(of: Orders, x: str) -> str:
    """The tax of a discount: at its rate, else in proportion to the tax of what was paid."""
    if "tax_rate" in of.texts and "tax" not in of.of_order and "line_tax" not in of.texts:
        return sql.divided(f"CAST(x_{x} AS HUGEINT) * coalesce(v_tax_rate, 0)", ONE)
    return f"CASE WHEN paid > 0 THEN {sql.divided(f'CAST(x_{x} AS HUGEINT) * added_tax', 'paid')} ELSE 0 END"


def total_steps(of: Orders) -> list[Step]:
    """`totalled`: what the lines of the order and its shipping come to."""
    if not {"order_total", "refunded"} & {*of.of_order}:
        return []
    shipping = "abs(coalesce(o_shipping, 0))" if "shipping" in of.of_order else "0"
    source = "tax_added" if tax_steps(of) else "completed"
    return [more("totalled", source, {"lines_sum": f"sum(paid) OVER (PARTITION BY key) + {shipping}"})]


def shipping_lines(of: Orders) -> str:
    """A line for the shipping of each order that has some, after those of `checked`; empty where none is given."""
    if "shipping" not in of.of_order:
        return ""
    turn = "CASE WHEN refund THEN -1 ELSE 1 END"
    shipping = f"CAST({turn} * abs(o_shipping) AS BIGINT)"
    own = {"line": "NULL", "product": quoted(of.shipping), "product_name": "NULL", "family": "NULL"}
    own |= {"quantity": f"{turn} * 1000", "gross": shipping, "amount": shipping, "paid": shipping, "discounts": "'{}'"}
    own |= {"recipient": "NULL", "fault": "NULL", "residue": "0", "discounts_back": "'{}'"}
    names = [column.rpartition(" AS ")[2] for column in of.facts()]
    columns = [f"{own[name]} AS {name}" if name in own else column
               for name, column in zip(names, of.facts(), strict=True)]  # fmt: skip
    return "\nUNION ALL BY NAME\n" + select(columns, "FROM checked WHERE line = head AND coalesce(o_shipping, 0) <> 0")


def beside_steps(of: Orders) -> list[Step]:
    """`beside`: orders next to a row without a number, to which it may belong. They are kept back with it."""
    if not of.rules.blank_number:
        return []
    on = "ORDER BY line ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING"
    near = {
        "above": "last_value(t_number IGNORE NULLS) OVER (ORDER BY line)",
        "below": f"first_value(t_number IGNORE NULLS) OVER ({on})",
    }
    says = [text for text in BUYER_SAYS if text.removeprefix("t_") in of.mapping.columns]
    agrees = " AND ".join(f"coalesce(b.{text} = j.{text}, TRUE)" for text in says)
    same = "b.t_buyer = j.t_buyer AND b.t_placed_at = j.t_placed_at"
    source = (
        "FROM near AS b JOIN judged AS j ON j.t_number = b.above OR j.t_number = b.below AND "
        f"{same}\nWHERE b.t_number IS NULL AND {agrees} GROUP BY j.key"
    )
    fault = "coalesce(fault, 'number:blank_beside:' || blank_line)"
    return [
        more("near", "keyed", near),
        Step("beside", select(["j.key AS key", "min(b.line) AS blank_line"], source)),
        Step(
            "judged_beside",
            f"SELECT * EXCLUDE (blank_line) REPLACE ({fault} AS fault) FROM judged LEFT JOIN beside USING (key)",
        ),
    ]


def line_faults(of: Orders) -> list[When]:
    """What can be wrong with a line for what the mapping says beside columns."""
    faults = []
    for x in (*of.of_order, *of.spread):
        fact = f"discounts.{of.discounts[x]}" if x in of.discounts else x
        faults.append((f"v_{x} <> 0 AND v_{x} <> o_{x}", f"{fact}:contradicts"))
    least = MOST_RATE if {"gross"} & {*of.given} else MOST_RATE - 1
    faults += [(f"v_{x} NOT BETWEEN 0 AND {least}", f"discounts.{of.discounts[x]}:rate_wrong") for x in of.rates]
    if "tax_rate" in of.texts:
        faults.append((f"v_tax_rate NOT BETWEEN 0 AND {MOST_RATE}", "tax_rate:rate_wrong"))
    if "shipping" in of.of_order:
        faults.append(("v_shipping < 0 AND NOT refund", "shipping:amount_negative"))
    if of.rules.amounts.rule == TOTAL:
        faults += [("lines_ > 1", "order_total:lines_without_price"), ("o_order_total IS NULL", "order_total:missing")]
    if of.rules.amounts.rule == MULTIPLIED:
        faults.append((f"v_{of.computed} IS NULL", "unit_price:number_too_large"))
    if of.rules.amounts.writing == SIGNS:
        other_currency = "money_sign IS NOT NULL AND NOT contains(money_sign, ',' || currency || ',')"
        faults.append((other_currency, f"{of.fact(of.given[0])}:currency_other"))
    return faults


def sum_faults(of: Orders) -> list[tuple[str, str]]:
    """What can be wrong with the sums of an order: conditions, and expressions of the fault with both sums."""
    faults = []
    if "order_total" in of.of_order:
        total = "CASE WHEN refund THEN abs(o_order_total) ELSE o_order_total END"
        sums = f"'order_total:sum_differs:' || lines_sum || ':' || ({total}) || ':' || currency"
        faults.append((f"line = head AND lines_sum <> {total}", sums))
    if "refunded" in of.of_order:
        sums = "'refunded:back_too_much:' || lines_sum || ':' || abs(o_refunded) || ':' || currency"
        faults.append(("line = head AND NOT refund AND abs(o_refunded) > lines_sum", sums))
    return faults


def residues(of: Orders) -> list[str]:
    """What rounding adds to a row, in units of the FINEST decimal: expressions whose sum it is."""
    exponent = "0" if of.mapping.unit == "minor" else "decimals"
    residues = []
    if of.rules.amounts.rule == MULTIPLIED:
        exact = "CAST(v_quantity AS HUGEINT) * v_unit_price"
        residues.append(f"coalesce(v_{of.computed} * {sql.power(exponent)} - {exact}, 0)")
    if of.rules.amounts.rounding == HALF_UP:
        lines = [x for x in (*of.given, "line_tax") if x in of.texts]
        lines += [x for x in of.discounts if x not in of.spread and x not in of.rates]
        measured = {x: f"coalesce(v_{x} * {sql.power(exponent)} - {sql.fine(f'w_{x}', f'f_{x}')}, 0)" for x in lines}
        for x in (*of.of_order, *of.spread):
            if x != "order_total":
                fine = f"coalesce(v_{x} * {sql.power(exponent)} - {sql.fine(f'w_{x}', f'f_{x}')}, 0)"
                measured[x] = f"CASE WHEN line = head THEN {fine} ELSE 0 END"
        residues += measured.values()
    return residues


def _of_the_order(of: Orders) -> bool:
    return bool(of.of_order or of.spread)


def _once(x: str) -> str:
    """What the order says of x: the first that is not 0, where some tools write 0 on the lines below."""
    of = f"arg_min(v_{x}, line) FILTER (WHERE v_{x} {{}}) OVER (PARTITION BY key)"
    return f"coalesce({of.format('<> 0')}, {of.format('IS NOT NULL')})"


def _price(of: Orders) -> str:
    if of.rules.amounts.rule == TOTAL:
        shipping = " - coalesce(o_shipping, 0)" if "shipping" in of.of_order else ""
        return f"CASE WHEN lines_ = 1 THEN o_order_total{shipping} END"
    exponent = "0" if of.mapping.unit == "minor" else "decimals"
    amount = "CAST(v_quantity AS HUGEINT) * v_unit_price"
    inside = f"abs({amount}) < CAST({sql.LARGEST} AS HUGEINT) * {sql.power(exponent)}"
    return f"CASE WHEN {inside} THEN {sql.divided(amount, sql.power(exponent))} END"


def _rate(of: Orders, x: str) -> str:
    """A rate as money. Of amounts after discount the list price is found first: 731.94 at 0.2 off is 914.93."""
    if "gross" in of.given:
        return sql.divided(f"CAST(gross_ AS HUGEINT) * coalesce(v_{x}, 0)", ONE)
    plus = " + ".join(["0", *(f"x_{y}" for y in of.discounts if y not in of.rates)])
    back = " + ".join(["0", *(f"x_{y}" for y in of.reimbursed if y not in of.rates)])
    after = f"(amount_ + {plus} - ({back}))" if "amount" in of.given else f"(paid_ + {plus})"
    if "amount" in of.given and x in of.reimbursed:
        return sql.divided(f"CAST({after} AS HUGEINT) * coalesce(v_{x}, 0)", ONE)
    left = f"greatest({ONE} - coalesce(v_{x}, 0), 1)"
    return f"{sql.divided(f'CAST({after} AS HUGEINT) * {ONE}', left)} - {after}"
