"""Computed columns of orders and their lines.

gross is before any discount; paid = gross - all discounts; amount = paid + what others reimburse. The file has at least
one of the three; the others are computed, and where it has several they must agree.
"""

from __future__ import annotations

from habitue.imports.kind import Kind
from habitue.imports.mappings.mapping import Mapping
from habitue.imports.staging import sql
from habitue.imports.staging.derivation import Derivation, When
from habitue.imports.staging.steps import Step, case, select
from habitue.kernel.database.quoting import quoted

AMOUNTS = ("gross", "amount", "paid")
CONTENT = ("product", "quantity", *AMOUNTS, "discounts", "'for ' || recipient")  # of a line
STATED = ("number", "buyer", "placed_at", "placed_on", "place", "currency", "refund_of")
ROLES = ("'paid by ' || payer", "'for ' || recipient")  # NULL is left out: who says neither says what they said before


class Orders(Derivation):
    """Computed columns of orders: amounts as integers, sums, signs of refunds. Refunds are written after all sales."""

    order = "refund_of IS NOT NULL, first_line"
    carried = ("g.refund_of IS NOT NULL AS refund", "g.decimals")
    line_columns = ("product", "product_name", "family", "quantity", *AMOUNTS, "discounts", "recipient")

    def __init__(self, kind: Kind, mapping: Mapping):
        super().__init__(kind, mapping)
        self.given = [name for name in AMOUNTS if name in mapping.columns]
        self.discounts = {f"d{at}": name for at, name in enumerate(mapping.discounts)}
        self.reimbursed = [x for x, name in self.discounts.items() if mapping.discounts[name].reimbursed]
        texts = {name: f"t_{name}" for name in ("quantity", *self.given)}
        self.texts = texts | {x: f"d_{name}" for x, name in self.discounts.items()}

    def group_faults(self) -> list[When]:
        return [("refund_of = number", "refund_of:itself")]

    def line_steps(self) -> list[Step]:
        """Steps from numbers as text to the facts of a line. Refunds are computed with positive signs, restored at the
        end.
        """
        return [
            *self._number_steps(),
            *self._sign_steps(),
            *self._amount_steps(),
            Step("checked", select(["*", f"{self._fault()} AS fault"], "FROM completed")),
            Step("facts", select(self._facts(), "FROM checked"), "file"),
        ]

    def sums(self) -> list[str]:
        """Sums of an order over its lines, with a hash of its content: a sum of hashes, so that line order does not
        matter.
        """
        return [
            *(f"sum({name}) AS {name}" for name in AMOUNTS),
            "min(sign) < 0 AND max(sign) > 0 AS mixed",
            f"sum(md5_number_lower(concat_ws(chr(31), {', '.join(CONTENT)}))) AS content",
        ]

    def late_faults(self) -> list[When]:
        return [("mixed AND refund_of IS NOT NULL", ":signs_mixed")]

    def group_columns(self) -> list[str]:
        stated = ", ".join(f"coalesce({name}::VARCHAR, '')" for name in STATED)
        parts = f"{stated}, n, gross, paid, content, {', '.join(ROLES)}"
        return [*AMOUNTS, f"md5(concat_ws(chr(31), {parts})) AS fingerprint"]

    def _number_steps(self) -> list[Step]:
        """Steps that parse the numbers of a row as integers: minor units of the currency, thousandths for quantities.

        They are separate steps because each uses columns of the one before more than once.
        """
        exponents = dict.fromkeys(self.texts, "0" if self.mapping.unit == "minor" else "decimals") | {"quantity": "3"}
        cut = {name: sql.parts(f"n_{name}", self.mapping) for name in self.texts}
        inside = f"BETWEEN -{sql.LARGEST} AND {sql.LARGEST}"
        return [
            _more("numbers", "joined", {f"n_{x}": sql.number(text, self.mapping) for x, text in self.texts.items()}),
            _more(
                "cut",
                "numbers",
                {f"w_{x}": w for x, (w, _f) in cut.items()} | {f"f_{x}": f for x, (_w, f) in cut.items()},
            ),
            _more("scaled", "cut", {f"u_{x}": sql.scaled(f"w_{x}", f"f_{x}", e) for x, e in exponents.items()}),
            _more("bounded", "scaled", {f"v_{x}": f"CASE WHEN u_{x} {inside} THEN u_{x} END" for x in self.texts}),
        ]

    def _sign_steps(self) -> list[Step]:
        """Steps for the signs of refunds. `turned`: s is -1 for a refund with negative amounts; `unsigned`: signs as of
        a sale.
        """
        first = f"coalesce({', '.join(f'v_{name}' for name in self.given)})"
        columns = {f"{name}_": f"s * v_{name}" if name in self.given else "NULL" for name in AMOUNTS}
        for x in self.discounts:
            columns[f"x_{x}"] = f"CASE WHEN refund THEN abs(coalesce(v_{x}, 0)) ELSE coalesce(v_{x}, 0) END"
        columns["quantity"] = "CASE WHEN refund THEN abs(v_quantity) ELSE v_quantity END"
        turn = f"CASE WHEN refund AND {first} < 0 THEN -1 ELSE 1 END"
        return [_more("turned", "bounded", {"sign": f"sign({first})", "s": turn}), _more("unsigned", "turned", columns)]

    def _amount_steps(self) -> list[Step]:
        """Steps for the amounts. `taken`: sum of all discounts, and of the reimbursed ones; `completed`: gross, amount
        and paid.
        """
        taken = " + ".join(["0", *(f"x_{x}" for x in self.discounts)])
        returned = " + ".join(["0", *(f"x_{x}" for x in self.reimbursed)])
        amounts = {
            "gross": "coalesce(gross_, amount_ + taken - returned, paid_ + taken)",
            "amount": "coalesce(amount_, gross_ - taken + returned, paid_ + returned)",
            "paid": "coalesce(paid_, gross_ - taken, amount_ - returned)",
        }
        return [
            _more("taken", "unsigned", {"taken": taken, "returned": returned}),
            _more("completed", "taken", amounts),
        ]

    def _fault(self) -> str:
        faults = [("extra IS NOT NULL", quoted(":too_many_cells")), ("contradiction IS NOT NULL", "contradiction")]
        return case([*faults, *((condition, quoted(fault)) for condition, fault in self._line_faults())])

    def _line_faults(self) -> list[When]:
        texts = [field for field in self.kind.own if field.type == "text" and field.name in self.mapping.columns]
        faults = [(f"length({field.text}) > {field.limit}", f"{field.name}:too_long") for field in texts]
        faults.append(("t_product IS NULL", "product:missing"))
        for x, text in self.texts.items():
            field = f"discounts.{self.discounts[x]}" if x in self.discounts else x
            if x not in self.discounts:
                faults.append((f"{text} IS NULL", f"{field}:missing"))
            faults.append((f"{text} IS NOT NULL AND v_{x} IS NULL", f"{field}:unreadable"))
        faults += [(f"x_{x} < 0", f"discounts.{name}:discount_negative") for x, name in self.discounts.items()]
        faults.append(("quantity < 0", "quantity:quantity_negative"))
        faults += [(f"s * v_{name} < 0", f"{name}:amount_negative") for name in self.given if name != "paid"]
        faults.append(("gross < 0 OR amount < 0", f"{self.given[0]}:discounts_exceed"))
        faults.append(("paid <> gross - taken OR amount <> paid + returned", f"{self.given[-1]}:disagree"))
        return faults

    def _facts(self) -> list[str]:
        turn = "CASE WHEN refund THEN -1 ELSE 1 END"
        pairs = [
            f"CASE WHEN x_{x} <> 0 THEN {quoted(f'{chr(34)}{name}{chr(34)}:')} || ({turn} * x_{x}) END"
            for x, name in self.discounts.items()
        ]
        discounts = f"'{{' || concat_ws(',', {', '.join(pairs)}) || '}}'" if pairs else "'{}'"
        return [
            "line", "key", "t_product AS product", "t_product_name AS product_name", "t_family AS family",
            *(f"CAST({turn} * {name} AS BIGINT) AS {name}" for name in ("quantity", *AMOUNTS)),
            f"{discounts} AS discounts", "t_line_recipient AS recipient", "sign", "fault",
        ]  # fmt: skip


def _more(name: str, source: str, columns: dict[str, str]) -> Step:
    """A step with the columns of `source` and further computed ones."""
    return Step(
        name, select(["*", *(f"{expression} AS {column}" for column, expression in columns.items())], f"FROM {source}")
    )
