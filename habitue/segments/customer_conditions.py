"""The conditions on customers: profile, contact points, relations, tags, custom fields, other segments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from habitue.customers.fields import PROFILE, Asked, ProfileField
from habitue.customers.models import ContactPoint, Customer, CustomField, CustomValue, Relation, Tag, Tagging
from habitue.kernel.names import name_key
from habitue.segments import operators as ops
from habitue.segments.conditions import Condition, Input, Operator, Scope, Values, declare, provide
from habitue.segments.models import Segment

CUSTOMERS, POINTS = "customers.customer", "customers.contactpoint"
RELATION_READS = frozenset(["customers.relation"])


def declare_own() -> None:
    declare(*_profile(), *_reach(), *_related(), _tagged(), _in_segment())
    provide(_custom_fields)


def _profile() -> Iterator[Condition]:
    reads = frozenset([CUSTOMERS])
    for field in PROFILE:
        if field.asked:
            yield Condition(field.asked.code, field.asked.label, ops.PROFILE, _of_profile(field, field.asked), reads)
    yield Condition(
        "reference",
        gettext_lazy("Reference"),
        ops.PROFILE,
        _texts(pgettext_lazy("whose", "reference"), "reference", str),
        reads,
    )
    yield Condition(
        "created",
        gettext_lazy("In the base since"),
        ops.PROFILE,
        ops.day_operators(pgettext_lazy("whose", "first day in the base"), _created),
        reads,
    )


def _of_profile(field: ProfileField, asked: Asked) -> tuple[Operator, ...]:
    match field.type:
        case "choice":
            return ops.choice_operators(asked.noun, _column(field.name), lambda: field.choices)
        case "day":
            return ops.day_operators(asked.noun, _column(field.name))
        case "flag":
            return ops.flag_operators(lambda lookup, value, scope: Q(**{field.name: True}), asked.yes, asked.no)
    if asked.column:
        return _texts(asked.noun, asked.column, name_key)
    return ops.text_operators(asked.noun, partial(_text, field.name))


def _text(column: str, lookup: str, value: Any, scope: Scope) -> Q:
    return ~Q(**{column: ""}) if lookup == "__isnull" else ops.folded(column, lookup, value)


def _reach() -> Iterator[Condition]:
    reads = frozenset([POINTS])
    labels = {
        "email": (
            gettext_lazy("E-mail address"),
            gettext_lazy("who have an e-mail address"),
            gettext_lazy("who have no e-mail address"),
        ),
        "phone": (
            gettext_lazy("Telephone"),
            gettext_lazy("who have a telephone"),
            gettext_lazy("who have no telephone"),
        ),
        "address": (
            gettext_lazy("Postal address"),
            gettext_lazy("who have a postal address"),
            gettext_lazy("who have no postal address"),
        ),
    }
    for kind, (label, yes, no) in labels.items():
        has = ops.flag_operators(partial(_has_point, kind), yes, no)
        yield Condition(f"has_{kind}", label, ops.REACH, has, reads)
    for name, label, noun in (
        ("city", gettext_lazy("City"), pgettext_lazy("whose", "city")),
        ("postcode", gettext_lazy("Postcode"), pgettext_lazy("whose", "postcode")),
        ("country", gettext_lazy("Country (two letters)"), pgettext_lazy("whose", "country")),
    ):
        asked = ops.text_operators(noun, partial(_address, name))
        yield Condition(name, label, ops.REACH, asked, reads)


def _related() -> Iterator[Condition]:
    kind = Input("kind", "choice", gettext_lazy("relation"), choices=relation_kinds)
    whom = Input("customer", "customer", gettext_lazy("reference"))
    group = Input("segment", "segment", gettext_lazy("segment"), choices=_segments)
    yield Condition(
        "related",
        gettext_lazy("Relation"),
        ops.RELATIONS,
        (
            Operator("any", gettext_lazy("with anybody"), _relation_with(None), _says_relation(None), (kind,)),
            Operator(
                "to", gettext_lazy("with the customer"), _relation_with(_one), _says_relation(_name), (kind, whom)
            ),
            Operator(
                "member",
                gettext_lazy("with somebody in the segment"),
                _relation_with(_of_segment),
                _says_relation(_member),
                (kind, group),
            ),
        ),
        RELATION_READS,
    )


def _tagged() -> Condition:
    tag = (Input("value", "choice", gettext_lazy("tag"), choices=_tags),)

    def asked(values: Values, scope: Scope) -> Q:
        return scope.having(Tagging.objects.filter(tag_id=int(values["value"])))

    def says(values: Values, affirmed: bool) -> str:
        name = {"tag": ops.quoted(str(dict(_tags()).get(values["value"])))}
        return (_("who have the tag %(tag)s") if affirmed else _("who do not have the tag %(tag)s")) % name

    operators = (
        Operator("has", gettext_lazy("has"), asked, says, tag),
        Operator("lacks", gettext_lazy("has not"), lambda v, s: ~asked(v, s), lambda v, a: says(v, not a), tag),
    )
    return Condition("tag", gettext_lazy("Tag"), ops.OWN, operators, frozenset(["customers.tagging"]))


def _in_segment() -> Condition:
    which = (Input("value", "segment", gettext_lazy("segment"), choices=_segments),)

    def asked(values: Values, scope: Scope) -> Q:
        return Q(values["value"].rules.q(scope)) & ~Q(pk=None)  # all customers, where the rules ask nothing

    def says(values: Values, affirmed: bool) -> str:
        name = {"segment": ops.quoted(values["value"].segment.name)}
        text = _("who are in the segment %(segment)s") if affirmed else _("who are not in the segment %(segment)s")
        return text % name

    operators = (
        Operator("in", gettext_lazy("is in"), asked, says, which),
        Operator("out", gettext_lazy("is not in"), lambda v, s: ~asked(v, s), lambda v, a: says(v, not a), which),
    )
    return Condition("segment", gettext_lazy("Another segment"), ops.OWN, operators, frozenset(["segments.segment"]))


def _custom_fields() -> Iterator[Condition]:
    """A condition for each custom field, with the field's code, which stays when its label changes."""
    for field in CustomField.objects.all():
        noun, where = ops.quoted(field.label), partial(_custom, field)
        yield Condition(
            f"field.{field.code}",
            field.label,
            ops.OWN,
            _of_type(field, noun, where),
            frozenset(["customers.customvalue"]),
        )


def _of_type(field: CustomField, noun: str, where: ops.Where) -> tuple[Operator, ...]:
    match field.type:
        case CustomField.Type.NUMBER:
            return ops.number_operators(noun, where)
        case CustomField.Type.DAY:
            return ops.day_operators(noun, where)
        case CustomField.Type.CHOICE:
            return ops.choice_operators(noun, where, lambda: [(text, text) for text in field.choices])
        case CustomField.Type.FLAG:
            words = {"field": noun}
            yes, no = _("for whom %(field)s is yes") % words, _("for whom %(field)s is not yes") % words
            return ops.flag_operators(lambda lookup, value, scope: where("", 1, scope), yes, no)
        case CustomField.Type.CUSTOMER:
            return _customer_operators(noun, where)
    return ops.text_operators(noun, where)


def _customer_operators(noun: str, where: ops.Where) -> tuple[Operator, ...]:
    def says(values: Values, affirmed: bool) -> str:
        words = {"noun": noun, "value": str(values["value"])}
        return (_("whose %(noun)s is %(value)s") if affirmed else _("whose %(noun)s is not %(value)s")) % words

    whom = (Input("value", "customer", gettext_lazy("reference")),)
    return (
        Operator("is", gettext_lazy("is"), lambda v, scope: where("", v["value"].pk, scope), says, whom),
        *ops.text_operators(noun, where)[-2:],
    )


COLUMNS = {
    CustomField.Type.TEXT: "text",
    CustomField.Type.CHOICE: "text",
    CustomField.Type.NUMBER: "number",
    CustomField.Type.FLAG: "number",
    CustomField.Type.DAY: "day",
    CustomField.Type.CUSTOMER: "other_id",
}


def _custom(field: CustomField, lookup: str, value: Any, scope: Scope) -> Q:
    column = COLUMNS[CustomField.Type(field.type)]
    rows = CustomValue.objects.filter(field=field)
    if lookup == "__isnull":
        return scope.having(rows.exclude(text="") if column == "text" else rows.exclude(**{column: None}))
    if column == "text" and lookup != "__in":
        return scope.having(rows.filter(ops.folded("text", lookup, value)))
    return scope.having(rows.filter(**{f"{column}{lookup}": value}))


def _texts(noun: Any, column: str, fold: Callable[[str], str]) -> tuple[Operator, ...]:
    def where(lookup: str, value: Any, scope: Scope) -> Q:
        return ~Q(**{column: ""}) if lookup == "__isnull" else Q(**{f"{column}{lookup}": fold(value)})

    return ops.text_operators(noun, where)


def _column(column: str) -> ops.Where:
    return lambda lookup, value, scope: Q(**{f"{column}{lookup}": value})


def _created(lookup: str, value: Any, scope: Scope) -> Q:
    """The condition on the day of creation, as a range of datetimes in the company's time zone, so that an index
    serves.
    """
    if lookup == "__isnull":
        return Q(created_at__isnull=False)
    day = value + dt.timedelta(days=lookup in ("__gt", "__lte"))
    start = timezone.make_aware(dt.datetime.combine(day, dt.time()))
    return Q(created_at__gte=start) if lookup.startswith("__g") else Q(created_at__lt=start)


def _current(scope: Scope) -> Any:
    return ContactPoint.objects.filter(Q(until=None) | Q(until__gt=scope.today))


def _has_point(kind: str, lookup: str, value: Any, scope: Scope) -> Q:
    return scope.having(_current(scope).filter(kind=kind))


def _address(column: str, lookup: str, value: Any, scope: Scope) -> Q:
    rows = _current(scope).filter(kind=ContactPoint.Kind.ADDRESS)
    if lookup == "__isnull":
        return scope.having(rows.exclude(**{column: ""}))
    return scope.having(rows.filter(ops.folded(column, lookup, value)))


# A relation is asked from either of its ends: "employer" of the one who works, "employer.to" of the one they work for.
# By code: its label, and the clauses in which %(whom)s stands for the other end.
RELATION_WORDS: dict[str, tuple[Any, Any, Any]] = {
    "household": (
        gettext_lazy("lives in the household of"),
        gettext_lazy("who live in one household with %(whom)s"),
        gettext_lazy("who do not live in one household with %(whom)s"),
    ),
    "employer": (
        gettext_lazy("works for"),
        gettext_lazy("who work for %(whom)s"),
        gettext_lazy("who do not work for %(whom)s"),
    ),
    "employer.to": (
        gettext_lazy("employs"),
        gettext_lazy("who employ %(whom)s"),
        gettext_lazy("who do not employ %(whom)s"),
    ),
    "parent": (
        gettext_lazy("belongs to"),
        gettext_lazy("who belong to %(whom)s"),
        gettext_lazy("who do not belong to %(whom)s"),
    ),
    "parent.to": (gettext_lazy("owns"), gettext_lazy("who own %(whom)s"), gettext_lazy("who do not own %(whom)s")),
    "referred": (
        gettext_lazy("was referred by"),
        gettext_lazy("who were referred by %(whom)s"),
        gettext_lazy("who were not referred by %(whom)s"),
    ),
    "referred.to": (
        gettext_lazy("referred"),
        gettext_lazy("who referred %(whom)s"),
        gettext_lazy("who did not refer %(whom)s"),
    ),
    "buys_for": (
        gettext_lazy("buys for"),
        gettext_lazy("who buy for %(whom)s"),
        gettext_lazy("who do not buy for %(whom)s"),
    ),
    "buys_for.to": (
        gettext_lazy("is bought for by"),
        gettext_lazy("for whom %(whom)s buys"),
        gettext_lazy("for whom %(whom)s does not buy"),
    ),
    "carer": (
        gettext_lazy("cares for"),
        gettext_lazy("who care for %(whom)s"),
        gettext_lazy("who do not care for %(whom)s"),
    ),
    "carer.to": (
        gettext_lazy("is cared for by"),
        gettext_lazy("who are cared for by %(whom)s"),
        gettext_lazy("who are not cared for by %(whom)s"),
    ),
}


def relation_kinds() -> list[tuple[str, Any]]:
    return [(code, label) for code, (label, _yes, _no) in RELATION_WORDS.items()]


def relation_q(code: str, scope: Scope, others: Any = None) -> Q:
    """The condition that a customer has this relation, today, to one of `others` (None: to anybody)."""
    kind, _dot, end = code.partition(".")
    rows = Relation.objects.filter(kind=kind).filter(
        Q(last_day=None) | Q(last_day__gte=scope.today), Q(first_day=None) | Q(first_day__lte=scope.today)
    )
    ends = (
        [("of_id", "to"), ("to_id", "of")]
        if kind == Relation.Kind.HOUSEHOLD
        else [("to_id", "of") if end else ("of_id", "to")]
    )
    asked = Q()
    for own, other in ends:
        related = rows if others is None else rows.filter(**{f"{other}__in": others})
        asked |= scope.having(related, own)
    return asked


def _relation_with(others: Callable[[Values, Scope], Any] | None) -> Callable[[Values, Scope], Q]:
    return lambda values, scope: relation_q(values["kind"], scope, others(values, scope) if others else None)


def says_relation(code: str, whom: str, affirmed: bool) -> str:
    _label, yes, no = RELATION_WORDS[code]
    return str(yes if affirmed else no) % {"whom": whom}


def _says_relation(whom: Callable[[Values], str] | None) -> Callable[[Values, bool], str]:
    return lambda values, affirmed: says_relation(values["kind"], whom(values) if whom else _("somebody"), affirmed)


def _one(values: Values, scope: Scope) -> Sequence[int]:
    return [values["customer"].pk]


def _name(values: Values) -> str:
    return str(values["customer"])


def _of_segment(values: Values, scope: Scope) -> Any:
    """The members of the other segment, evaluated for all customers: related people are seldom among `scope.only`."""
    whole = Scope(scope.today, scope.as_of)
    return Customer.objects.unmerged().filter(values["segment"].rules.q(whole)).values("pk")


def _member(values: Values) -> str:
    return _("somebody in the segment %(segment)s") % {"segment": ops.quoted(values["segment"].segment.name)}


def _tags() -> list[tuple[str, str]]:
    return [(str(pk), name) for pk, name in Tag.objects.order_by("key").values_list("pk", "name")]


def _segments() -> list[tuple[str, str]]:
    segments = Segment.objects.filter(removed_at=None).order_by("name", "pk")
    return [(str(pk), name) for pk, name in segments.values_list("pk", "name")]
