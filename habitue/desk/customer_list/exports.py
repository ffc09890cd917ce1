"""What was found or ticked as a file, read a few thousand rows at a time: a million takes no more memory than ten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import Http404, QueryDict, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from habitue.customers.models import Customer
from habitue.desk.customer_list.bulk import picked
from habitue.desk.shell.access import DeskRequest
from habitue.events.journal import begin
from habitue.kernel import formats
from habitue.portraits.models import Portrait, Stage, Standing
from habitue.reading.customer_list.columns import Column, chosen, fill, known
from habitue.reading.customer_list.filters import Filters
from habitue.reading.customer_list.sheets import as_csv, as_xlsx

AT_ONCE = 2_000
WRITERS = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "xlsx": (as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


@require_POST
@permission_required("customers.view_customer", raise_exception=True)
def exports(request: DeskRequest) -> StreamingHttpResponse:
    """The columns that are shown, after reference and name. Nobody ticked: all that were found."""
    format_ = request.POST.get("format", "")
    if format_ not in WRITERS:
        raise Http404
    there = known()
    columns = [column for column in chosen(request.user, there) if column.code != "reference"]
    found = picked(request, otherwise="all")
    filters = Filters.read(QueryDict(request.POST.get("found", "")), request.user)
    told: dict[str, Any] = {
        "segment": filters.segment.pk if filters.segment else None,
        "found": filters.given,
        "format": format_,
    }
    told |= {"customers": found.count(), "columns": [column.code for column in columns]}
    begin("customers.exported", by=request.user, **told)
    write, type_ = WRITERS[format_]
    language = get_language() or "en"
    pieces = write(headings(columns), rows(found, columns, language), language)
    response = StreamingHttpResponse(pieces, content_type=type_)
    name = f"{pgettext('file name', 'customers')}-{timezone.localdate():%Y-%m-%d}.{format_}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def headings(columns: list[Column]) -> list[str]:
    told = [_("Reference"), _("Name")]
    for column in columns:
        told.append(str(column.label))
        if column.code in ("value", "expected"):
            told.append(_("%(column)s: currency") % {"column": column.label})
    return told


def rows(found: QuerySet[Customer], columns: list[Column], language: str) -> Iterator[list[Any]]:
    """In the order of their ids: whoever comes or goes meanwhile moves nobody else."""
    last = 0
    while some := list(found.filter(pk__gt=last).select_related("portrait").order_by("pk")[:AT_ONCE]):
        with translation.override(language):  # the request is over when these are written
            fill(some, columns)
            written = [[one.reference, one.name, *cells(one, columns)] for one in some]
        yield from written
        last = some[-1].pk


def cells(customer: Customer, columns: list[Column]) -> Iterator[Any]:
    portrait = getattr(customer, "portrait", None)
    told = customer.told  # type: ignore[attr-defined]
    for column in columns:
        if column.field or column.code in told:
            yield _cell(told.get(column.code))
        elif column.code in OWN:
            yield OWN[column.code](customer)
        elif column.code in ("value", "expected"):
            yield from _money(portrait, column.code)
        else:
            yield DERIVED[column.code](portrait) if portrait else None


def _money(portrait: Portrait | None, code: str) -> tuple[Decimal | None, str | None]:
    if portrait is None:
        return None, None
    amount = portrait.value if code == "value" else portrait.expected_value
    return None if amount is None else formats.major(amount, portrait.currency), portrait.currency


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return value if value is None or isinstance(value, Decimal | int | date) else str(value)


OWN: dict[str, Callable[[Customer], Any]] = {
    "kind": lambda customer: str(Customer.Kind(customer.kind).label),
    "created": lambda customer: timezone.localtime(customer.created_at).date(),
}
DERIVED: dict[str, Callable[[Portrait], Any]] = {
    "stage": lambda portrait: str(Stage(portrait.stage).label),
    "standing": lambda portrait: str(Standing(portrait.standing).label),
    "last": lambda portrait: portrait.last_day,
    "first": lambda portrait: portrait.first_day,
    "rhythm": lambda portrait: None if portrait.typical_gap is None else Decimal(f"{portrait.typical_gap:.1f}"),
    "purchases": lambda portrait: portrait.purchases,
}
