"""The columns of the list of customers: which there are, which somebody chose, what stands in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from habitue.customers.models import ContactPoint, Customer, CustomField, CustomValue, Tagging
from habitue.desk.models import ListChoice
from habitue.reading.customer_list.paging import Sort, custom, customer, point, portrait
from habitue.team.models import User

USUAL = ("stage", "last", "rhythm", "value", "expected")
MOST = 12
NUMBERS = ("value", "expected", "purchases")


@dataclass(frozen=True)
class Column:
    """`field`: of a column that shows what the company keeps beside ours. `falling`: most first, when it is sorted."""

    code: str
    label: Any
    sort: Sort | None = None
    falling: bool = False
    field: CustomField | None = None

    @property
    def style(self) -> str:
        if self.field:
            return "custom num" if self.field.type == CustomField.Type.NUMBER else "custom"
        return f"{self.code} num" if self.code in NUMBERS else self.code


NAME = Column("name", _("Name"), customer("name_key"))
COLUMNS = (
    Column("stage", _("Stage"), portrait("stage_rank", int)),
    Column("standing", _("Standing"), portrait("standing", str)),
    Column("last", _("Last purchase"), portrait("last_day", "date", against=True), falling=True),
    Column("rhythm", _("Rhythm")),
    Column("value", _("Value to date"), portrait("value", int, against=True), falling=True),
    Column("expected", _("Expected in 12 months"), portrait("expected_value", int, against=True), falling=True),
    Column("purchases", _("Purchases"), portrait("purchases", int), falling=True),
    Column("first", _("First purchase"), portrait("first_day", "date"), falling=True),
    Column("city", _("City"), point("address", "city")),
    Column("email", _("E-mail"), point("email", "value")),
    Column("phone", _("Telephone"), point("phone", "value")),
    Column("tags", _("Tags")),
    Column("kind", _("Kind")),
    Column("created", _("In the base since"), customer("created_at", "datetime"), falling=True),
    Column("reference", _("Reference"), customer("reference")),
)
FIELD = "field."


def known() -> dict[str, Column]:
    """Every column but the name, by code: ours and then those of the company's own fields."""
    own = (
        Column(f"{FIELD}{field.code}", field.label, custom(field), field=field) for field in CustomField.objects.all()
    )
    return {column.code: column for column in (*COLUMNS, *own)}


def chosen(user: User, known: dict[str, Column]) -> list[Column]:
    """In the order in which they were chosen; of a field that is gone nothing is shown."""
    choice = ListChoice.objects.filter(user=user.pk).first()
    return [known[code] for code in (choice.columns if choice else USUAL) if code in known]


def choose(user: User, codes: Iterable[str]) -> None:
    """None at all: the usual ones again."""
    there = known()
    columns = [code for code in dict.fromkeys(codes) if code in there][:MOST]
    if columns:
        ListChoice.objects.update_or_create(user=user, defaults={"columns": columns})
    else:
        ListChoice.objects.filter(user=user).delete()


def fill(rows: Sequence[Customer], columns: Sequence[Column]) -> None:
    """Look up for all rows at once what their own rows do not tell; each column asks for itself."""
    told = {column.code for column in columns}
    pks = [row.pk for row in rows]
    found: dict[str, dict[int, Any]] = {code: look(pks) for code, look in LOOKED_UP.items() if code in told}
    if own := [column.field for column in columns if column.field]:
        values = _values(pks, own)
        found |= {f"{FIELD}{field.code}": values.get(field.pk, {}) for field in own}
    for row in rows:
        row.told = {code: values.get(row.pk) for code, values in found.items()}  # type: ignore[attr-defined]


def _first_point(kind: str, name: str) -> Callable[[Sequence[int]], dict[int, Any]]:
    """The first that is still of use, as the sorting has it."""

    def look(pks: Sequence[int]) -> dict[int, Any]:
        rows = ContactPoint.objects.filter(customer__in=pks, kind=kind).exclude(**{name: ""})
        current = rows.filter(Q(until=None) | Q(until__gt=timezone.localdate())).order_by("-pk")
        return dict(current.values_list("customer_id", name))

    return look


def _tags(pks: Sequence[int]) -> dict[int, list[str]]:
    names: dict[int, list[str]] = {}
    rows = Tagging.objects.filter(customer__in=pks).order_by("tag__key")
    for pk, name in rows.values_list("customer_id", "tag__name"):
        names.setdefault(pk, []).append(name)
    return names


def _values(pks: Sequence[int], fields: Sequence[CustomField]) -> dict[int, dict[int, Any]]:
    values: dict[int, dict[int, Any]] = {}
    rows = CustomValue.objects.filter(customer__in=pks, field__in=fields).select_related("other")
    types = {field.pk: field.type for field in fields}
    for row in rows:
        values.setdefault(row.field_id, {})[row.customer_id] = value_of(row, types[row.field_id])
    return values


def value_of(row: CustomValue, type_: str) -> Any:
    match type_:
        case CustomField.Type.NUMBER:
            return row.number
        case CustomField.Type.DAY:
            return row.day
        case CustomField.Type.FLAG:
            return None if row.number is None else bool(row.number)
        case CustomField.Type.CUSTOMER:
            return row.other
    return row.text


LOOKED_UP: dict[str, Callable[[Sequence[int]], dict[int, Any]]] = {
    "city": _first_point("address", "city"),
    "email": _first_point("email", "value"),
    "phone": _first_point("phone", "typed"),
    "tags": _tags,
}
