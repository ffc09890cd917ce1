"""Custom fields of a customer: one form for the values of all of them."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from habitue.customers.custom_fields import customising
from habitue.customers.models import Customer, CustomField, CustomValue
from habitue.desk.customer.sections import answer, visible, window_of
from habitue.desk.shell.access import DeskRequest, may_change
from habitue.desk.shell.forms import Field, Form
from habitue.kernel import formats

SECTION = "values"
Type = CustomField.Type
INPUTS = {Type.DAY: "date", Type.CHOICE: "select", Type.FLAG: "select"}


@may_change
@require_http_methods(["GET", "HEAD", "POST"])
def values(request: DeskRequest, pk: int) -> HttpResponse:
    customer = visible(request, pk)
    declared = list(CustomField.objects.all())
    known = {value.field_id: value for value in customer.custom_values.select_related("other")}
    fields = [_field(one, known.get(one.pk)) for one in declared]
    form = Form(_("Fields"), reverse("values", args=[pk]), window_of(customer), fields, section=SECTION)
    form.more = {"customer": customer}
    if request.method == "POST":
        form.fill(request.POST)
        typed = {one: form[one.code] for one in declared if one.code in request.POST}
        done = form.attempt(lambda: customising.set_values(customer, typed, request.user))
        if done:
            return answer(request, customer, SECTION, done.event)
    return form.show(request)


def _field(declared: CustomField, value: CustomValue | None) -> Field:
    made = Field(declared.code, declared.label, INPUTS.get(Type(declared.type), "text"))
    made.value = typed(declared, value)
    if declared.type == Type.CHOICE:
        made.options = [("", "–"), *((choice, choice) for choice in declared.choices)]
    elif declared.type == Type.FLAG:
        made.options = [("", "–"), ("yes", _("yes")), ("no", _("no"))]
    elif declared.type == Type.CUSTOMER:
        made.hint, made.suggest = _("the reference of a customer"), f"{reverse('suggestions')}?field={declared.code}"
    return made


def typed(declared: CustomField, value: CustomValue | None) -> str:
    """A stored value as the text of its input."""
    if value is None:
        return ""
    if declared.type == Type.FLAG:
        return "yes" if value.number else "no"
    if declared.type == Type.NUMBER:
        return formats.number(value.number, digits=4)
    if declared.type == Type.DAY:
        return value.day.isoformat() if value.day else ""
    return value.other.reference if isinstance(value.other, Customer) else value.text
