"""Orders by hand: a sale, a return, the correction of one order; and the page of a sale to nobody."""

from __future__ import annotations

from typing import Any

from babel.numbers import list_currencies
from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from habitue.customers.models import Customer
from habitue.desk.customer.orders import order_context
from habitue.desk.customer.sections import visible, window_of
from habitue.desk.orders import sheets
from habitue.desk.orders.sheets import Sheet
from habitue.desk.shell.access import DeskRequest, may_change, may_look
from habitue.desk.shell.forms import Field
from habitue.events.done import Done
from habitue.kernel import parsing
from habitue.kernel.errors import InvalidFields
from habitue.purchases import correcting, entering, refunding
from habitue.purchases.models import Order, Product
from habitue.reading import search

SUGGESTED = 8
LINES = (gettext_lazy("Product"), gettext_lazy("Quantity"), gettext_lazy("Amount before discount"))
BACK = (gettext_lazy("Product"), gettext_lazy("Quantity given back"), gettext_lazy("Amount given back"))


@may_change
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    """The page that enters a sale; `?customer=` names the buyer by id."""
    pk = request.GET.get("customer", "")
    buyer = visible(request, int(pk)) if pk.isascii() and pk.isdecimal() and len(pk) < 19 else None
    sheet = _sale_sheet(
        request, _("New order"), reverse("new_order"), window_of(buyer) if buyer else reverse("imports")
    )
    whom = Field(
        "buyer",
        gettext_lazy("Buyer"),
        value=buyer.reference if buyer else "",
        hint=gettext_lazy("a name or a reference; empty: a sale to nobody"),
        suggest=f"{reverse('suggestions')}?field=buyer",
    )
    currency = Field("currency", gettext_lazy("Currency"), value=settings.CURRENCY, limit=3)
    sheet.fields = [whom, sheet.fields[0], *sheet.fields[1:], currency]
    return _handled(request, sheet, lambda: _sold(request, sheet))


@may_change
@require_http_methods(["GET", "HEAD", "POST"])
def correction(request: DeskRequest, pk: int) -> HttpResponse:
    order = _order(request, pk)
    lines, code = correcting.lines_of(order), order.currency
    title = _("Correct order %(number)s") % {"number": order.number}
    sheet = _sale_sheet(request, title, request.path, reverse("sale", args=[pk]), len(lines))
    for row, line in zip(sheet.rows, lines, strict=False):
        row[0].value, row[1].value, row[2].value = line[0], sheets.quantity_of(line[1]), sheets.amount_of(line[2], code)
    day, amount, discount = sheet.fields
    day.value, discount.value = (
        order.placed_on.isoformat(),
        sheets.amount_of(order.discount, code) if order.discount else "",
    )
    amount.value = "" if lines else sheets.amount_of(order.paid, code)
    return _handled(request, sheet, lambda: _corrected(request, sheet, order))


@may_change
@require_http_methods(["GET", "HEAD", "POST"])
def giving_back(request: DeskRequest, pk: int) -> HttpResponse:
    """The page that enters a return, filled in with all that is left of the order."""
    order = _order(request, pk)
    if order.is_refund:
        raise Http404
    left = refunding.left_of(order)
    title = _("Return of order %(number)s") % {"number": order.number}
    rows = sheets.part_rows(left, order.currency)
    amount = "" if rows else sheets.amount_of(max(refunding.money_left(order)[2], 0), order.currency)
    hint = gettext_lazy("where no goods come back: empty the lines below") if rows else ""
    fields = [_day(), Field("amount", gettext_lazy("Or just an amount"), value=amount, hint=hint, limit=20)]
    sheet = Sheet(title, request.path, reverse("sale", args=[pk]), fields, rows=rows, headings=list(BACK))
    sheet.send = _("Enter the return")
    return _handled(request, sheet, lambda: _returned(request, sheet, order))


@may_look
def sale(request: DeskRequest, pk: int) -> HttpResponse:
    """The page of an order by its id alone: that of its buyer, or its own where it is a sale to nobody."""
    order = _order(request, pk)
    done = request.GET.get("done", "")
    if order.buyer_id:
        return redirect(reverse("order", args=[order.buyer_id, pk]) + (f"?done={done}" if done.isdecimal() else ""))
    return render(request, "customer/order.html", order_context(request, order) | {"customer": None})


@may_look
def products(request: DeskRequest) -> HttpResponse:
    """Options for a field that asks for a product, by the text typed so far."""
    text = request.GET.get(request.GET.get("field", ""), "").replace("\0", "").strip()[:100]
    rows = (
        Product.objects.filter(Q(name__icontains=text) | Q(reference__istartswith=text))
        if text
        else Product.objects.none()
    )
    return render(request, "orders/page.html#suggestions", {"products": rows.order_by("name", "reference")[:SUGGESTED]})


def _order(request: DeskRequest, pk: int) -> Order:
    """An order of nobody, or of somebody whom the user may see; else 404."""
    seen = Q(buyer=None) | Q(buyer__in=Customer.objects.visible_to(request.user))
    orders = Order.objects.select_related("buyer", "refund_of", "payer", "recipient")
    return get_object_or_404(orders.filter(seen), pk=pk)


def _day() -> Field:
    return Field("day", gettext_lazy("Day"), "date", value=timezone.localdate().isoformat())


def _sale_sheet(request: DeskRequest, title: str, action: str, back: str, lines: int = 0) -> Sheet:
    """The form of a sale with as many rows as there are lines, or came with the form, and some to type into."""
    count = sheets.rows_typed(request.POST) if request.method == "POST" else lines + sheets.BLANK
    count += sheets.BLANK if "more" in request.POST else 0
    fields = [
        _day(),
        Field("amount", gettext_lazy("Amount"), hint=gettext_lazy("left empty where the lines say it"), limit=20),
        Field("discount", gettext_lazy("Discount of the whole order"), limit=20),
    ]
    sheet = Sheet(title, action, back, fields, rows=sheets.line_rows(count), headings=list(LINES))
    sheet.more = {"grows": True}
    sheet.send = _("Save")
    return sheet


def _handled(request: DeskRequest, sheet: Sheet, verb: Any) -> HttpResponse:
    """The page; by POST the verb, and then the order. What was typed stays where it is refused."""
    if request.method == "POST":
        sheet.fill(request.POST)
        if "more" not in request.POST:
            done = sheet.attempt(verb)
            if done:
                query = f"?done={done.event.pk}" if done.event else ""
                return redirect(reverse("sale", args=[done.row.pk]) + query)
    status = 422 if sheet.wrong() else 200
    return render(request, "orders/page.html", {"form": sheet} | sheet.more, status=status)


def _sold(request: DeskRequest, sheet: Sheet) -> Done[Order]:
    currency = sheet.value("currency").upper()
    if currency not in list_currencies():
        raise InvalidFields(
            {"currency": _("“%(typed)s” is no currency. Write its code, such as EUR.") % {"typed": currency}}
        )
    typed = _typed(sheet, currency)
    whom = sheet.value("buyer")
    seen = Customer.objects.visible_to(request.user)
    buyer = search.customer_named(seen, whom, field="buyer") if whom else None
    return entering.sell(buyer, currency=currency, by=request.user, **typed)


def _corrected(request: DeskRequest, sheet: Sheet, order: Order) -> Done[Order]:
    return correcting.correct(order, by=request.user, **_typed(sheet, order.currency))


def _returned(request: DeskRequest, sheet: Sheet, order: Order) -> Done[Order]:
    code = order.currency
    typed = sheet.read({"day": parsing.day, "amount": lambda text: parsing.money(text, code)})
    parts = sheets.parts_typed(sheet, refunding.left_of(order), code)
    if parts and typed["amount"] is not None and typed["amount"] != sum(part.money for part in parts.values()):
        raise InvalidFields({"amount": _("The lines come to another amount. Empty one or the other.")})
    return refunding.give_back(order, _required(typed["day"]), parts, typed["amount"], by=request.user)


def _typed(sheet: Sheet, currency: str) -> dict[str, Any]:
    """Day, amount, discount and lines as typed."""
    money = lambda text: parsing.money(text, currency)  # noqa: E731
    values = sheet.read({"day": parsing.day, "amount": money, "discount": money})
    lines = sheets.lines_typed(sheet, currency)
    return {
        "day": _required(values["day"]),
        "amount": values["amount"],
        "discount": values["discount"] or 0,
        "lines": lines,
    }


def _required(day: Any) -> Any:
    if day is None:
        raise InvalidFields({"day": _("Type the day.")})
    return day
