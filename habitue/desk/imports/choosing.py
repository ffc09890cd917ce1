"""The rules of a mapping as fields of a form: what each can be, what is chosen, and an example from the file's rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from habitue.imports.kind import Kind, kind_named
from habitue.imports.mappings import rules
from habitue.imports.models import Upload
from habitue.imports.telling import MEANINGS

Choice = tuple[str, str]
Data = dict[str, Any]
SEEN = "choices"  # a field that says that the form has these fields at all: a box that is not ticked sends nothing
DISCOUNT_RULES = {
    rules.MONEY: gettext_lazy("an amount of the line"),
    rules.OF_ORDER: gettext_lazy("an amount of the order, once"),
    rules.RATE: gettext_lazy("a rate: 0.2 is a fifth of the price"),
    rules.PERCENT: gettext_lazy("a percentage: 20 is a fifth of the price"),
}
CODES = ("number", "refund_of", "buyer", "payer", "recipient", "product", "line_recipient")


@dataclass(frozen=True)
class Control:
    """One field: a select where it has `options`, boxes where `boxes`, else a text. `example`: cells of the file;
    `of`: the text of the file that it is about.
    """

    name: str
    label: str
    value: str = ""
    options: list[Choice] = field(default_factory=list)
    boxes: list[tuple[str, str, bool]] = field(default_factory=list)
    example: str = ""
    help: str = ""
    of: str = ""


def meanings() -> list[Choice]:
    """What a status of an order can mean."""
    return [(code, str(words)) for code, words in MEANINGS.items()]


def groups(upload: Upload) -> list[tuple[str, list[Control]]]:
    """The fields for a file, in groups with a title."""
    form = _Form(upload)
    if not kind_named(upload.kind).discounts:
        return [(_("Rows"), [*form.rows()]), (_("Where it is from"), [*form.source()])]
    return [
        (_("Amounts"), [*form.amounts(), *form.discounts()]),
        (_("Statuses and currencies"), [*form.statuses(), *form.currencies()]),
        (_("Numbers, customers and products"), [*form.numbers()]),
        (_("Rows"), [*form.rows()]),
        (_("Where it is from"), [*form.source()]),
    ]


class _Form:
    """The fields of one upload: `said` is what its mapping says, `whole` with what was found in the file."""

    def __init__(self, upload: Upload):
        self.kind: Kind = kind_named(upload.kind)
        self.about = upload.about
        self.said = upload.mapping
        self.whole: Data = upload.dry_run.get("mapping", upload.mapping)
        self.columns: Data = self.said.get("columns", {})

    def example(self, *facts: str) -> str:
        """The cells of these facts in the first rows, as they stand in the file."""
        return " · ".join(dict.fromkeys(cell for fact in facts for cell in self._cells(self.columns.get(fact))))

    def _cells(self, heading: Any) -> list[str]:
        headings = self.about["headings"]
        return self.about["samples"][headings.index(heading)] if heading in headings else []

    def values(self, heading: Any) -> list[list[Any]]:
        """The different cells of a column with their number, where they are few."""
        return self.about.get("values", {}).get(heading, []) if isinstance(heading, str) else []

    def amounts(self) -> Iterator[Control]:
        said = self.said.get("amounts", {})
        rule = [
            (rules.COLUMN, _("what its column says")),
            (rules.MULTIPLIED, _("quantity times unit price")),
            (rules.TOTAL, _("the total of the order (orders of one line)")),
        ]
        times = self._times()
        yield Control("amounts-rule", _("The amount of a line is"), said.get("rule", rules.COLUMN), rule, example=times)
        if said.get("rule") == rules.MULTIPLIED:
            gives = [
                ("gross", _("before any discount")), ("amount", _("what we received")),
                ("paid", _("what the buyer paid")),
            ]  # fmt: skip
            yield Control("amounts-gives", _("That is the amount"), said.get("gives", "gross"), gives, example=times)
        tax = [
            ("", _("not said: taken as they stand")), (rules.WITH, _("with tax")),
            (rules.WITHOUT, _("without tax: that of the tax column is added")),
            (rules.AS_IT_STANDS, _("without tax, and taken as they stand")),
        ]  # fmt: skip
        money = self.example("amount", "gross", "paid", "unit_price", "order_total")
        yield Control("amounts-tax", _("The amounts are"), said.get("tax", ""), tax, example=money)
        yield from self._writing(said, money)

    def _writing(self, said: Data, money: str) -> Iterator[Control]:
        rounding = [
            ("", _("round half up, if there are any")), (rules.HALF_UP, _("round half up")),
            (rules.REFUSED, _("keep these rows back")),
        ]  # fmt: skip
        yield Control(
            "amounts-rounding", _("More decimals than the currency has"), said.get("rounding", ""), rounding,
            example=money,
        )  # fmt: skip
        writing = [
            ("", _("as found")), (rules.PLAIN, _("plain numbers")),
            (rules.SIGNS, _("with signs: € 12,50, (12,50), 12,50-")),
        ]  # fmt: skip
        yield Control("amounts-writing", _("Amounts are written"), said.get("writing", ""), writing, example=money)
        negative = [
            ("", _("returns, if they are few")), (rules.RETURNED, _("returns: money given back")),
            (rules.KEPT_BACK, _("kept back")),
        ]  # fmt: skip
        yield Control(
            "amounts-negative", _("Orders with negative amounts are"), said.get("negative", ""), negative, example=money
        )

    def _times(self) -> str:
        quantity, price = (self._cells(self.columns.get(fact)) for fact in ("quantity", "unit_price"))
        return f"{quantity[0]} × {price[0]}" if quantity and price else self.example("amount", "gross", "paid")

    def discounts(self) -> Iterator[Control]:
        options = [(rule, str(words)) for rule, words in DISCOUNT_RULES.items()]
        for name, said in self.said.get("discounts", {}).items():
            column = said if isinstance(said, str) else said["column"]
            rule = "" if isinstance(said, str) else said.get("rule", "")
            label = _("“%(column)s” is") % {"column": column}
            cells = " · ".join(self._cells(column))
            yield Control(f"discount-{name}", label, rule or rules.MONEY, options, example=cells)

    def statuses(self) -> Iterator[Control]:
        heading = self.columns.get("status")
        said, seen = self.said.get("statuses", {}), self.whole.get("statuses", {})
        counts = dict(map(tuple, self.values(heading)))
        for at, text in enumerate(dict.fromkeys([*counts, *said])):
            words = _("Orders with the status “%(status)s” are") % {"status": text}
            value = said.get(text) or seen.get(text, "")
            options = [("", _("not said")), *meanings()] if not value else meanings()
            often = _("%(count)s times in the file") % {"count": counts[text]} if text in counts else ""
            yield Control(f"status-{at}", words, value, options, help=often, of=text)

    def currencies(self) -> Iterator[Control]:
        said, seen = self.said.get("currencies", {}), self.whole.get("currencies", {})
        signs = [text for text, _count in self.values(self.columns.get("currency")) if not _is_code(text)]
        for at, text in enumerate(dict.fromkeys([*signs, *said])):
            words = _("“%(sign)s” is the currency") % {"sign": text}
            yield Control(f"sign-{at}", words, said.get(text) or seen.get(text, ""), of=text)

    def numbers(self) -> Iterator[Control]:
        yield Control(
            "number_prefix", _("Before each order number (a second shop has numbers of its own)"),
            self.said.get("number_prefix", ""), example=self.example("number"),
        )  # fmt: skip
        number = self.columns.get("number")
        made = number.get("made_of") if isinstance(number, dict) else ""
        options = [
            ("", _("that of its column")),
            ("row", _("made of the row")),
            ("columns", _("made of columns")),
        ]
        how = "columns" if isinstance(made, list) else made or ""
        yield Control("number-made", _("The order number is"), how, options, example=self.example("number"))
        if how == "columns":
            boxes = [(heading, heading, heading in (made or ())) for heading in self.about["headings"]]
            yield Control("number-of", _("It is made of"), boxes=boxes)
        value = _value(self.columns.get("product"))
        yield Control("product-value", _("The same product on all rows"), value, example=self.example("product"))
        nobody = ", ".join(text for text in self.said.get("nobody", ()) if text)
        seen = ", ".join(text for text in self.whole.get("nobody", ()) if text)
        yield Control(
            "nobody", _("Buyers who are no customer, with commas between"), nobody,
            example=seen or self.example("buyer"),
        )  # fmt: skip
        yield from self._facts("whole_numbers", _("412.0 is 412 in"), CODES)
        yield from self._facts("same_code", _("00412 and 412, K-9 and k-9 are the same in"), ("buyer",))

    def _facts(self, name: str, label: str, facts: tuple[str, ...]) -> Iterator[Control]:
        chosen = self.said.get(name, ())
        some = [fact for fact in facts if isinstance(self.columns.get(fact), str)]
        known = [(fact, self.kind.known(fact)) for fact in some]
        boxes = [(fact, str(field.label), fact in chosen) for fact, field in known if field]
        if boxes:
            yield Control(name, label, boxes=boxes, example=self.example(*some))

    def rows(self) -> Iterator[Control]:
        filters = list(self.said.get("filters", {}).items())
        headings = [("", _("all rows")), *((heading, heading) for heading in self.about["headings"])]
        how = [("", _("only rows with")), ("not", _("only rows without"))]
        for at, (column, of) in enumerate([*filters, ("", [])]):
            excluded = isinstance(of, dict)
            values = of["not"] if isinstance(of, dict) else [of] if isinstance(of, str) else of
            yield Control(f"filter-column-{at}", _("Rows that count"), column, headings)
            if column:
                cells = " · ".join(str(text) for text, _count in self.values(column)) or " · ".join(self._cells(column))
                yield Control(f"filter-how-{at}", _("are"), "not" if excluded else "", how)
                written = ", ".join(values)
                yield Control(f"filter-values-{at}", _("one of these, with commas between"), written, example=cells)
        yield from self._facts("repeat_above", _("Empty cells mean the one above in"), tuple(self.columns))
        if self.kind.name == "customers":
            yield from self._facts("same_code", _("00412 and 412, K-9 and k-9 are the same in"), ("reference",))
            centuries = [("", _("kept as typed where both are possible")), ("1900", "1900–1999"), ("2000", "2000–2099")]
            century = self.said.get("birth_century", "")
            yield Control(
                "birth_century", _("Years of birth with two digits"), century, centuries,
                example=self.example("born_on"),
            )  # fmt: skip

    def source(self) -> Iterator[Control]:
        source = self.said.get("source", {})
        hint = _("The next export of the same source changes what this one brings.")
        yield Control("source-name", _("Name of the source"), source.get("name", ""), help=hint)
        hint = _("Two shops that both count from 1 have two names here.")
        yield Control(
            "source-system", _("Program that gives the customers’ numbers"), source.get("system", ""), help=hint
        )


def read(upload: Upload, form: Mapping[str, Any], columns: Data, discounts: Data) -> Data:
    """The rules as the form has them; `columns` and `discounts` of the mapping are changed by some. What the form has
    no field for is kept.
    """
    kept = {name: upload.mapping[name] for name in (*rules.KEYS, "source") if name in upload.mapping}
    if SEEN not in form:
        return kept
    chosen = kept | _texts(form) | _boxes(upload, form)
    amounts = {name: form[f"amounts-{name}"] for name in rules.CHOICES if form.get(f"amounts-{name}")}
    chosen["amounts"] = {name: value for name, value in amounts.items() if (name, value) not in USUAL}
    chosen["statuses"] = _worded(upload, form, "statuses")
    chosen["currencies"] = _worded(upload, form, "currencies")
    chosen["filters"] = _filters(form)
    chosen["source"] = {
        name: text for name in ("name", "system") if (text := form.get(f"source-{name}", "").strip())
    } | {name: text for name, text in kept.get("source", {}).items() if name not in ("name", "system")}
    for name, said in discounts.items():
        rule = form.get(f"discount-{name}", "")
        if rule in DISCOUNT_RULES:
            plain = {key: value for key, value in said.items() if key != "rule"}
            discounts[name] = plain | ({"rule": rule} if rule != rules.MONEY else {})
    _computed(form, chosen, columns)
    return {name: value for name, value in chosen.items() if value not in ({}, [], "")}


USUAL = (("rule", rules.COLUMN), ("gives", "gross"))


def _texts(form: Mapping[str, Any]) -> Data:
    said: Data = {name: form[name].strip() for name in ("number_prefix",) if name in form}
    if "nobody" in form:
        people = [text.strip() for text in form["nobody"].split(",") if text.strip()]
        said["nobody"] = ["", *people] if people else []
    return said


def _boxes(upload: Upload, form: Mapping[str, Any]) -> Data:
    names = ("repeat_above", "whole_numbers", "same_code")
    ticked = {name: [key.removeprefix(f"{name}-") for key in form if key.startswith(f"{name}-")] for name in names}
    kind = kind_named(upload.kind)
    return {name: [fact for fact in facts if kind.known(fact)] for name, facts in ticked.items()}


def _worded(upload: Upload, form: Mapping[str, Any], of: str) -> Data:
    """What the texts of the file mean, by the fields in which the form asks about them."""
    asked = _Form(upload)
    controls = asked.statuses() if of == "statuses" else asked.currencies()
    before, seen = asked.said.get(of, {}), asked.whole.get(of, {})
    said = {each.of: form.get(each.name, "").strip() for each in controls}
    said = said if of == "statuses" else {text: code.upper() for text, code in said.items()}
    return {text: code for text, code in said.items() if code and (code != seen.get(text) or text in before)}


def _filters(form: Mapping[str, Any]) -> Data:
    filters: Data = {}
    for at in range(len(form)):
        if f"filter-column-{at}" not in form:
            break
        if column := form[f"filter-column-{at}"]:
            values = [text.strip() for text in form.get(f"filter-values-{at}", "").split(",") if text.strip()]
            filters[column] = {"not": values} if form.get(f"filter-how-{at}") == "not" or not values else values
    return filters


def _computed(form: Mapping[str, Any], chosen: Data, columns: Data) -> None:
    """Columns that rules make, or that a rule makes needless."""
    rule, gives = chosen["amounts"].get("rule"), chosen["amounts"].get("gives", "gross")
    columns.pop({rules.MULTIPLIED: gives, rules.TOTAL: "paid"}.get(rule, ""), None)
    if value := form.get("product-value", "").strip():
        columns["product"] = {"value": value}
    made = form.get("number-made", "")
    headings = [name.removeprefix("number-of-") for name in form if name.startswith("number-of-")]
    if made == "columns" and not headings:
        headings = [of for of in (columns.get("number"), columns.get("placed_at")) if isinstance(of, str)]
    if made:
        columns["number"] = {"made_of": headings if made == "columns" and headings else "row"}


def _is_code(text: str) -> bool:
    return len(text) == 3 and text.isascii() and text.isalpha()


def _value(origin: Any) -> str:
    return str(origin["value"]) if isinstance(origin, dict) and "value" in origin else ""
