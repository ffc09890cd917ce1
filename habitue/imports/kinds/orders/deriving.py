"""Computed columns of orders and their lines.

gross is before any discount; paid = gross - all discounts; amount = paid + what others reimburse us. The file gives at
least one of the three; the others follow, and what is given twice must agree. What few files have (amounts of the
order, rates, taxes, money given back) adds steps of its own, and nothing where the mapping does not speak of it.
"""

from __future__ import annotations

from habitue.imports.kind import Field, Kind
from habitue.imports.kinds.orders import cleaning, giving_back, pricing
from habitue.imports.kinds.orders.further import OF_THE_ORDER
from habitue.imports.mappings.mapping import Mapping
from habitue.imports.mappings.rules import ASIDE, HALF_UP, OF_ORDER, PERCENT, RATE, RETURNED, SIGNS
from habitue.imports.staging import sql
from habitue.imports.staging.derivation import Derivation, When, chained
from habitue.imports.staging.steps import Step, case, more, other, select
from habitue.kernel.database.quoting import quoted

AMOUNTS = ("gross", "amount", "paid")
CONTENT = ("product", "quantity", *AMOUNTS, "discounts", "'for ' || recipient")  # of a line
STATED = ("number", "buyer", "placed_at", "placed_on", "place", "currency", "refund_of")
ROLES = ("'paid by ' || payer", "'for ' || recipient")  # NULL is left out: who says neither says what they said before
SHIPPING, SALE = "(shipping)", "(sale)"  # references of what is no product and never offered
DECIMALS = {"quantity": "3", "unit_price": "8", "tax_rate": "6"}  # of what is no amount
OPTIONAL = (*OF_THE_ORDER, "line_tax")  # an empty cell is none
OF_RATES = {RATE: "8", PERCENT: "6"}


class Orders(Derivation):
    """Computed columns of orders: amounts as integers, sums, signs of refunds. Refunds are written after all sales."""

    order = "refund_of IS NOT NULL, first_line"
    carried: tuple[str, ...] = ("g.refund_of IS NOT NULL AS refund", "g.decimals")
    line_columns = ("product", "product_name", "family", "quantity", *AMOUNTS, "discounts", "recipient")

    shipping = SHIPPING

    def __init__(self, kind: Kind, mapping: Mapping):
        super().__init__(kind, mapping)
        self.rules = mapping.rules
        self.computed = self.rules.amounts.computed
        self.given = [name for name in AMOUNTS if name in mapping.columns or name == self.computed]
        self.discounts = {f"d{at}": name for at, name in enumerate(mapping.discounts)}
        self.reimbursed = [x for x, name in self.discounts.items() if mapping.discounts[name].reimbursed]
        self.of_order = [name for name in OF_THE_ORDER if name in mapping.columns]
        self.spread = [x for x in self.discounts if self.rule(x) == OF_ORDER]
        self.rates = [x for x in self.discounts if self.rule(x) in OF_RATES]
        more = [name for name in ("unit_price", "line_tax", "tax_rate") if name in mapping.columns]
        names = ["quantity", *(name for name in self.given if name != self.computed), *more, *self.of_order]
        texts = {name: f"t_{name}" for name in names}
        self.texts = texts | {x: f"d_{name}" for x, name in self.discounts.items()}
        self.rounds = self.rules.amounts.rounding == HALF_UP
        self.returns = self.rules.amounts.negative == RETURNED
        self.gives_back = giving_back.is_said(mapping)
        self.statuses = self.rules.statuses if "status" in mapping.columns else {}
        self._fit()

    def _fit(self) -> None:
        """What the other parts of staging have to mind, where the mapping says more than columns."""
        if self.rules.nobody:
            self.optional = frozenset({"buyer"})
        if self.rules.amounts.writing == SIGNS or self.of_order:
            self.carried = (*self.carried, "g.currency")
        if RETURNED in self.statuses.values():
            back = f"g.refund_of IS NOT NULL OR coalesce(g.status, '') = {quoted(RETURNED)} AS refund"
            self.carried = (back, *self.carried[1:])
        if self.statuses:
            aside = ", ".join(map(quoted, ASIDE))
            self.excused = f"coalesce(status, '') IN ({aside})"
            self.carried = (*self.carried, "g.status")
        if self.rules.blank_number:
            self.judged = "judged_beside"
        if self.has_returns:
            self.order = "refund_of IS NOT NULL, amount < 0, first_line"
        if self.gives_back:
            self.judged = "judged_all"
            returned = "refund_of IS NULL AND amount < 0, " if self.has_returns else ""
            self.order = f"refund_of IS NOT NULL AND NOT companion, {returned}first_line, companion"
            self.reported = " AND NOT r.companion"

    @property
    def has_returns(self) -> bool:
        """Whether an order can be a return of which no sale is named."""
        return self.returns or RETURNED in self.statuses.values()

    def rule(self, x: str) -> str:
        return self.mapping.discounts[self.discounts[x]].rule

    def text_steps(self, source: str) -> list[Step]:
        plain = super().text_steps(source)
        source = plain[-1].name if plain else source
        return [*plain, *chained(cleaning.steps(self.mapping, self.kind.fields), source)]

    def value(self, field: Field) -> list[str] | None:
        """The status as the mapping takes it."""
        if field.name != "status":
            return None
        words = {word.lower(): code for word, code in self.statuses.items()}
        if not words:
            return ["NULL::VARCHAR AS status"]
        whens = " ".join(f"WHEN {quoted(word)} THEN {quoted(code)}" for word, code in words.items())
        return [f"CASE lower(coalesce(t_status, '')) {whens} END AS status"]

    def group_faults(self) -> list[When]:
        faults = [("refund_of = number", "refund_of:itself")]
        if self.statuses:
            faults.append(("status IS NULL", "status:missing"))
        if self.gives_back:
            faults.append((f"length(number) > {giving_back.LONGEST_NUMBER}", "number:too_long"))
        return faults

    def line_steps(self) -> list[Step]:
        """The last but those of groups gives the signs of a refund back, which `turned` has taken off: between, it is
        as a sale."""
        steps = [
            *self._number_steps(),
            *pricing.price_steps(self),
            *self._return_steps(),
            *self._sign_steps(),
            *pricing.discount_steps(self),
            *self._amount_steps(),
            *pricing.tax_steps(self),
            *pricing.total_steps(self),
        ]
        source = steps[-1].name
        steps.append(Step("checked", select(["*", f"{self._fault()} AS fault"], f"FROM {source}")))
        name = "bought" if self.gives_back else "facts"
        steps.append(Step(name, select(self.facts(), "FROM checked") + pricing.shipping_lines(self), "file"))
        steps += pricing.beside_steps(self)
        return steps + (giving_back.steps(self) if self.gives_back else [])

    def sums(self) -> list[str]:
        """Sums of an order over its lines, with a hash of its content: a sum of hashes, so that line order does not
        matter.
        """
        return [
            *(f"sum({name}) AS {name}" for name in AMOUNTS),
            "min(sign) < 0 AND max(sign) > 0 AS mixed",
            f"sum(md5_number_lower(concat_ws(chr(31), {', '.join(CONTENT)}))) AS content",
            *(["count(*) AS line_count"] if self.adds_lines else []),
            *(["sum(residue) AS residue", "count(*) FILTER (residue <> 0) AS rounded"] if self.measures else []),
        ]

    @property
    def adds_lines(self) -> bool:
        return self.gives_back or "shipping" in self.of_order

    @property
    def measures(self) -> bool:
        """Whether amounts may be rounded, and by how much has to be told."""
        return self.rounds or bool(pricing.residues(self))

    def late_faults(self) -> list[When]:
        faults = [("mixed AND refund_of IS NOT NULL", ":signs_mixed")]
        if self.has_returns:
            faults.append(("refund_of IS NULL AND gross < 0 AND amount >= 0", ":nothing_returned"))
        return faults

    def group_columns(self) -> list[str]:
        stated = ", ".join(f"coalesce({name}::VARCHAR, '')" for name in STATED)
        parts = f"{stated}, n, gross, paid, content, {', '.join(ROLES)}"
        return [
            *AMOUNTS,
            f"md5(concat_ws(chr(31), {parts})) AS fingerprint",
            *(["line_count"] if self.adds_lines else []),
            *(["residue", "rounded"] if self.measures else []),
            *(["companion"] if self.gives_back else []),
            *(["t_status"] if self.statuses else []),
        ]

    def _number_steps(self) -> list[Step]:
        """The numbers of a row as integers, in layers: what one computes, the next uses more than once."""
        money = "0" if self.mapping.unit == "minor" else "decimals"
        exponents = dict.fromkeys(self.texts, money) | {x: of for x, of in DECIMALS.items() if x in self.texts}
        exponents |= {x: OF_RATES[self.rule(x)] for x in self.rates}
        cut = {name: sql.parts(f"n_{name}", self.mapping) for name in self.texts}
        inside = f"BETWEEN -{sql.LARGEST} AND {sql.LARGEST}"
        read = {
            x: sql.rounded if self.rounds and exponent == money else sql.scaled for x, exponent in exponents.items()
        }
        return [
            more("numbers", "joined", {f"n_{x}": sql.number(text, self.mapping) for x, text in self.texts.items()}),
            more(
                "cut",
                "numbers",
                {f"w_{x}": w for x, (w, _f) in cut.items()} | {f"f_{x}": f for x, (_w, f) in cut.items()},
            ),
            more("scaled", "cut", {f"u_{x}": read[x](f"w_{x}", f"f_{x}", e) for x, e in exponents.items()}),
            more("bounded", "scaled", {f"v_{x}": f"CASE WHEN u_{x} {inside} THEN u_{x} END" for x in self.texts}),
        ]

    def _return_steps(self) -> list[Step]:
        """`returned`: orders that name no sale, of which no line is above 0 and one below. `marked`: they are refunds
        as well.
        """
        if not self.returns:
            return []
        source = pricing.priced(self)
        below = f"FROM {source} WHERE NOT refund GROUP BY key HAVING max({self.first}) <= 0 AND min({self.first}) < 0"
        marked = {"refund": "refund OR key IN (SELECT key FROM returned)"}
        return [Step("returned", select(["key"], below), "table"), other("marked", source, marked)]

    @property
    def first(self) -> str:
        """The first of the given amounts of a line, with the sign that it has in the file."""
        return f"coalesce({', '.join(f'v_{name}' for name in self.given)})"

    def _sign_steps(self) -> list[Step]:
        """Steps for the signs of refunds. `turned`: s is -1 for a refund with negative amounts; `unsigned`: signs as of
        a sale.
        """
        columns = {f"{name}_": f"s * v_{name}" if name in self.given else "NULL" for name in AMOUNTS}
        for x in self.discounts:
            value = f"coalesce({'o' if x in self.spread else 'v'}_{x}, 0)"
            value = f"-{value}" if self.mapping.discounts[self.discounts[x]].negative else value
            columns[f"x_{x}"] = f"CASE WHEN refund THEN abs({value}) ELSE {value} END"
        columns["quantity"] = "CASE WHEN refund THEN abs(v_quantity) ELSE v_quantity END"
        turn = f"CASE WHEN refund AND {self.first} < 0 THEN -1 ELSE 1 END"
        source = "marked" if self.returns else pricing.priced(self)
        return [more("turned", source, {"sign": f"sign({self.first})", "s": turn}), more("unsigned", "turned", columns)]

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
            more("taken", pricing.discounted(self), {"taken": taken, "returned": returned}),
            more("completed", "taken", amounts),
        ]

    def _fault(self) -> str:
        excused = [(self.excused, "NULL")] if self.excused else []
        faults = [("extra IS NOT NULL", quoted(":too_many_cells")), ("contradiction IS NOT NULL", "contradiction")]
        own = ((condition, quoted(fault)) for condition, fault in self._line_faults())
        return case([*excused, *faults, *own, *pricing.sum_faults(self)])

    def _line_faults(self) -> list[When]:
        texts = [field for field in self.kind.own if field.type == "text" and field.name in self.mapping.columns]
        faults = [(f"length({field.text}) > {field.limit}", f"{field.name}:too_long") for field in texts]
        faults.append(("t_product IS NULL", "product:missing"))
        for x, text in self.texts.items():
            field = f"discounts.{self.discounts[x]}" if x in self.discounts else x
            if x not in self.discounts and x not in OPTIONAL:
                faults.append((f"{text} IS NULL", f"{field}:missing"))
            faults.append((f"{text} IS NOT NULL AND v_{x} IS NULL", f"{field}:unreadable"))
        faults += pricing.line_faults(self)
        faults += [(f"x_{x} < 0", f"discounts.{name}:discount_negative") for x, name in self.discounts.items()]
        faults.append(("quantity < 0", "quantity:quantity_negative"))
        faults += [(f"s * v_{name} < 0", f"{self.fact(name)}:amount_negative") for name in self.given if name != "paid"]
        faults.append(("gross < 0 OR amount < 0", f"{self.fact(self.given[0])}:discounts_exceed"))
        disagree = "paid <> gross - taken OR amount <> paid + returned"
        faults.append((disagree, f"{self.fact(self.given[-1])}:disagree"))
        return faults

    def fact(self, name: str) -> str:
        """The fact whose cell shows an amount: of one that is computed, that it is computed from."""
        source = {"quantity_x_unit_price": "unit_price", "order_total": "order_total"}
        return source.get(self.rules.amounts.rule, name) if name == self.computed else name

    def facts(self) -> list[str]:
        turn = "CASE WHEN refund THEN -1 ELSE 1 END"
        residue = pricing.residues(self)
        return [
            "line", "key", "t_product AS product", "t_product_name AS product_name", "t_family AS family",
            *(f"CAST({turn} * {name} AS BIGINT) AS {name}" for name in ("quantity", *AMOUNTS)),
            f"{self.discounts_json(turn)} AS discounts", "t_line_recipient AS recipient", "sign", "fault",
            *([f"{' + '.join(residue) or '0'} AS residue"] if self.measures else []),
            *(giving_back.facts(self) if self.gives_back else []),
        ]  # fmt: skip

    def discounts_json(self, turn: str) -> str:
        """The discounts of a line by kind, as JSON."""
        pairs = [
            f"CASE WHEN x_{x} <> 0 THEN {quoted(f'{chr(34)}{name}{chr(34)}:')} || ({turn} * x_{x}) END"
            for x, name in self.discounts.items()
        ]
        return f"'{{' || concat_ws(',', {', '.join(pairs)}) || '}}'" if pairs else "'{}'"
