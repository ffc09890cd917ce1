"""The evidence of the cells beside the words of the headings: which column may be which fact, and how well it fits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from habitue.imports.evidence import structure, words
from habitue.imports.evidence.collecting import Evidence
from habitue.imports.evidence.columns import Column
from habitue.imports.evidence.guess import Reason
from habitue.imports.evidence.structure import Grouping
from habitue.imports.kind import Field, Kind
from habitue.kernel.names import name_key

NAMED = 7.5  # a heading that says it, whole
HINTED = 4.0
MOSTLY, HALF = 0.9, 0.5
DISTRUST = 0.1
TRIED = 4  # values that must stand on several rows before a name is said to hang on them
HANGING = {"buyer_name": "buyer", "product_name": "product"}
RIVALS = {"buyer_name": "product_name", "product_name": "buyer_name"}
TYPED = ("moment", "day", "amount", "quantity", "count", "number")
NAMES = ("name", "given_name", "family_name", "birth_name", "buyer_name", "city")
OF_ORDERS = frozenset({"order", "payment", "sale", "transaction", "commande", "paiement", "vente", "facture"})
CODES = ("number", "buyer", "product", "reference")
WHOLE = frozenset({"payer", "recipient"})  # seldom in a file, and words that mean other things: “reste à payer”


@dataclass(frozen=True)
class Clues:
    """`trust` is lowered where headings plainly stand above other columns than their own."""

    kind: Kind
    evidence: Evidence
    trust: float = 1.0

    @cached_property
    def words(self) -> list[dict[str, float]]:
        known = words.roles(self.kind)
        return [words.scores(known, column.heading) for column in self.columns]

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.evidence.columns

    def heading(self, at: int) -> str:
        return self.columns[at].heading

    def word(self, role: str, at: int) -> float:
        """How much the heading says that the column is this; negative where it says better that it is another."""
        own = self.words[at].get(role, 0.0)
        if 0 < own < NAMED and self._means_another(role, own, at):
            return 0.0
        best = max(self.words[at].values(), default=0.0)
        return self.trust * (own - max(best - own - 0.5, 0.0))

    def _means_another(self, role: str, own: float, at: int) -> bool:
        """Whether a heading that only holds a word of the role speaks of something else."""
        decoy = own <= self.words[at].get(words.DECOY, 0.0)
        return decoy or role in WHOLE or words.is_of_others(self.heading(at))

    def meaning(self, at: int) -> str:
        """The role that the heading says whole, or nothing."""
        matches = self.words[at]
        best = max(matches, key=lambda role: matches[role], default="")
        return best if best and matches[best] >= NAMED and self.trust == 1 else ""

    def distrusting(self) -> Clues:
        return replace(self, trust=DISTRUST)


def fits(kind: Kind, fact: str, column: Column) -> bool:
    """Whether the cells can be this fact at all. An empty column can be anything."""
    field = kind.field(fact)
    one = column.filled == 1 and fact != "kind" and not words.is_decoy(kind, column.heading)  # "type" is of anything
    if column.empty or one:
        return True  # one cell may be a mistake in it: the import says so
    special = FITTING.get(f"{kind.name}.{fact}") or FITTING.get(fact.partition(".")[0])
    return special(field, column) if special else _by_type(field, column)


def _by_type(field: Field, column: Column) -> bool:
    if field.type in ("moment", "day"):
        return column.share("date", "moment") >= HALF
    if field.type in ("amount", "quantity", "count", "number"):
        return column.share("number", "percent") >= HALF and not (
            column.dated and column.dates and _written_date(column)
        )
    if field.type == "flag":
        return bool(column.values) and HALF * column.filled <= _known(column, (word for word, _code in field.spelt))
    if field.type == "currency":
        return column.share("currency") >= HALF
    if field.type == "choice":
        enough = MOSTLY if name_key(column.heading) in field.ambiguous_words else HALF
        return _known(column, (*field.choices, *(word for word, _code in field.spelt))) >= enough * column.filled
    return True


def _known(column: Column, known: Iterable[str]) -> int:
    """How many cells hold one of these words."""
    keys = {name_key(word) for word in known}
    return sum(count for value, count in column.values.items() if name_key(value) in keys)


def _written_date(column: Column) -> bool:
    return bool(column.dates and column.dates.formats != ("%Y%m%d",)) or column.share("number") < HALF


def _code(_field: Field, column: Column) -> bool:
    """A code, an address or a name: no date, no money, and no flag that stands on many rows."""
    if (column.dated and column.share("integer") < HALF) or column.share("percent") >= HALF:
        return False
    written = column.numbers
    if written and (written.marks or not written.whole or written.decimals > 1 or written.least < 0):
        return False
    return not column.flag


def _number(field: Field, column: Column) -> bool:
    """An order's number is a code."""
    return (
        _code(field, column) and column.share("code", "scientific", "integer") >= HALF and column.share("email") < HALF
    )


def _name(_field: Field, column: Column) -> bool:
    if column.dated or column.share("email", "telephone", "moment") >= HALF:
        return False
    return column.share("text") >= HALF and not column.numeric and not column.flag and not _coded(column)


def _coded(column: Column) -> bool:
    """Codes such as #1001 or SAV-1, with digits: no names."""
    return column.share("code") >= MOSTLY and column.share("person") < HALF and column.share("text") < HALF


def _telephone(_field: Field, column: Column) -> bool:
    return column.share("telephone") >= HALF or (column.share("integer", "number") >= HALF and not column.dated)


def _says_status(column: Column) -> bool:
    """Whether the heading says a status and the cells can be words or numbers of it.

    “State” alone may be of a country.
    """
    tokens = set(words.heading_key(column.heading).split())
    said = tokens & {"status", "statut"} or (tokens & {"state", "etat"} and tokens & OF_ORDERS)
    return bool(said) and column.share("text", "integer") >= MOSTLY and not column.dated


def _product_name(_field: Field, column: Column) -> bool:
    return column.share("text") >= HALF and not column.dated and column.share("email") < HALF and not column.flag


FITTING: dict[str, Callable[[Field, Column], bool]] = {
    "number": _number,
    "buyer": _code,
    "product": _code,
    "orders.refund_of": _code,
    "customers.reference": _code,
    "buyer_name": _name,
    "given_name": _name,
    "family_name": _name,
    "birth_name": _name,
    "city": _name,
    "customers.name": lambda field, column: column.share("text") >= HALF and not column.dated and not column.flag,
    "product_name": _product_name,
    "email": lambda field, column: column.share("email") >= HALF,
    "phone": _telephone,
    "street": lambda field, column: column.share("text") >= HALF and column.share("email") < HALF,
    "postcode": lambda field, column: column.share("postcode", "integer", "number") >= HALF and not column.dated,
    "country": lambda field, column: column.share("text") >= HALF and column.share("email") < HALF,
    "status": lambda field, column: column.share("status") > 0 or (_says_status(column) and column.distinct <= 20),
    "unit_price": lambda field, column: column.numeric and not column.dated,
    "order_total": lambda field, column: column.numeric and not column.dated,
    "shipping": lambda field, column: column.numeric and not column.dated,
    "discount": lambda field, column: column.numeric and not column.dated,
}  # fmt: skip


def misplaced(clues: Clues) -> list[Reason]:
    """Why headings plainly stand above other columns than their own, one for each such heading."""
    matches = _exchanged(clues)
    for column in clues.columns:
        fact = clues.meaning(column.at)
        if (
            column.empty
            or not fact
            or fact not in {field.name for field in clues.kind.fields} | {"discount", "unit_price"}
        ):
            continue
        if not fits(clues.kind, fact, column) and not _known_mistake(clues.kind, fact, column):
            matches.append(Reason("cells_are_no", {"fact": fact, "heading": column.heading}))
        elif reason := _out_of_place(clues, fact, column):
            matches.append(reason)
    return matches


def _exchanged(clues: Clues) -> list[Reason]:
    """Names that hang on the other code: the buyer's name on the product's, and the product's on the buyer's."""
    at = {
        role: [c.at for c in clues.columns if clues.meaning(c.at) == role and not c.empty] for role in HANGING.values()
    }
    matches = []
    for name, (own, other) in ((name, (HANGING[name], HANGING[rival])) for name, rival in RIVALS.items()):
        for column in clues.columns:
            if clues.meaning(column.at) != name or not at[own] or not at[other]:
                continue
            of_own = structure.determines(clues.evidence.table, at[own][0], column.at)
            of_other = structure.determines(clues.evidence.table, at[other][0], column.at)
            if of_other[0] >= TRIED and of_other[1] == of_other[0] and of_own[1] < HALF * of_own[0]:
                data = {"fact": name, "heading": column.heading}
                matches += [Reason("hangs_on_other", data), Reason("hangs_on_other", data)]
    return matches


def one_day(clues: Clues, group: Grouping) -> bool:
    """Whether the rows of a group have one day: in the column that is called so, else in most columns of days."""
    dated = [c.at for c in clues.columns if c.dated and c.at in group.varies]
    named = [at for at in dated if clues.meaning(at) == "placed_at"]
    levels = [group.level(at) for at in named or dated]
    known = [level for level in levels if level != "unknown"]
    return not known or 2 * sum(level != "line" for level in known) > len(known)


def repeats_by_mistake(clues: Clues, group: Grouping) -> bool:
    """Whether a column called order number hardly ever repeats, and then always on another day.

    The import keeps such orders back. Where one of them has one day, its rows may be its lines.
    """
    if clues.meaning(group.at) != "number" or not group.hardly_repeats:
        return False
    dated = [c.at for c in clues.columns if c.dated and c.at in group.varies]
    named = [at for at in dated if clues.meaning(at) == "placed_at"]
    return any(group.varies[at] == group.multi for at in named or dated)


def blind(clues: Clues) -> bool:
    """Whether most headings say nothing."""
    filled = [column.at for column in clues.columns if not column.empty]
    saying = sum(max(clues.words[at].values(), default=0) >= HINTED for at in filled)
    return 2 * saying < len(filled)


def _known_mistake(kind: Kind, fact: str, column: Column) -> bool:
    """What shops really call so: “Paid: yes”, “Client: 1”, “Name” above order numbers, “Type”, “Employee”."""
    if column.flag or kind.field(fact).type in ("flag", "choice"):
        return True
    return fact in (*NAMES, "country") and column.share("code") >= HALF


def _out_of_place(clues: Clues, fact: str, column: Column) -> Reason | None:
    """What belongs to an order differs within it, or what belongs to a line never does."""
    named = clues.evidence.grouping(column.at)
    if (
        fact == "number"
        and named
        and named.multi
        and not one_day(clues, named)
        and not repeats_by_mistake(clues, named)
    ):
        return Reason("several_days", {"fact": fact, "heading": column.heading})
    group = clues.evidence.order
    if group is None or not group.multi or column.at not in group.varies or column.at in clues.evidence.filled_down:
        return None
    level = group.level(column.at)
    data = {"fact": fact, "heading": column.heading, "orders": group.filled[column.at]}
    if (
        fact in ("number", "buyer", "buyer_name", "placed_at")
        and level == "line"
        and group.share_varying(column.at) > HALF
    ):
        return Reason("differs_within_order", data)
    if (
        fact in ("product", "product_name")
        and level == "order"
        and group.filled[column.at] >= 3
        and not column.constant
    ):
        return Reason("same_within_order", data)
    return None
