"""The conditions of this room: who customers are, how they are reached, whom they are related to, tags, fields."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import pgettext_lazy

from habitue.customers.models import (
    ContactPoint,
    Customer,
    CustomField,
    CustomValue,
    Relation,
    Segment,
    Tag,
    Tagging,
)
from habitue.customers.queries import name_key
from habitue.customers.segments import operators as ops
from habitue.customers.segments.conditions import Condition, Input, Operator, Scope, Values, declare, provide

CUSTOMERS, POINTS = "customers.customer", "customers.contactpoint"
RELATION_READS = frozenset(["customers.relation"])


def declare_own() -> None:
    declare(*_profile(), *_reach(), *_related(), _tagged(), _in_segment())
    provide(_custom_fields)


def _profile() -> Iterator[Condition]:
    reads = frozenset([CUSTOMERS])
    yield Condition(
        "name", lazy("Name"), ops.PROFILE, _texts(pgettext_lazy("whose", "name"), "name_key", name_key), reads
    )
    yield Condition(
        "reference",
        lazy("Reference"),
        ops.PROFILE,
        _texts(pgettext_lazy("whose", "reference"), "reference", str),
        reads,
    )
    kinds = ops.choice_operators(pgettext_lazy("whose", "kind"), _column("kind"), lambda: Customer.Kind.choices)
    yield Condition("kind", lazy("Person or organisation"), ops.PROFILE, kinds, reads)
    internal = ops.flag_operators(
        lambda lookup, value, scope: Q(internal=True),
        lazy("who are internal: colleagues or another department"),
        lazy("who are not internal"),
    )
    yield Condition("internal", lazy("Internal"), ops.PROFILE, internal, reads)
    yield Condition(
        "born",
        lazy("Birth day"),
        ops.PROFILE,
        ops.day_operators(pgettext_lazy("whose", "birth day"), _column("born_on")),
        reads,
    )
    yield Condition(
        "created",
        lazy("In the base since"),
        ops.PROFILE,
        ops.day_operators(pgettext_lazy("whose", "first day in the base"), _created),
        reads,
    )


def _reach() -> Iterator[Condition]:
    reads = frozenset([POINTS])
    told = {
        "email": (lazy("E-mail address"), lazy("who have an e-mail address"), lazy("who have no e-mail address")),
        "phone": (lazy("Telephone"), lazy("who have a telephone"), lazy("who have no telephone")),
        "address": (lazy("Postal address"), lazy("who have a postal address"), lazy("who have no postal address")),
    }
    for kind, (label, yes, no) in told.items():
        has = ops.flag_operators(partial(_has_point, kind), yes, no)
        yield Condition(f"has_{kind}", label, ops.REACH, has, reads)
    for name, label, noun in (
        ("city", lazy("City"), pgettext_lazy("whose", "city")),
        ("postcode", lazy("Postcode"), pgettext_lazy("whose", "postcode")),
        ("country", lazy("Country (two letters)"), pgettext_lazy("whose", "country")),
    ):
        asked = ops.text_operators(noun, partial(_address, name))
        yield Condition(name, label, ops.REACH, asked, reads)


def _related() -> Iterator[Condition]:
    kind = Input("kind", "choice", lazy("relation"), choices=relation_kinds)
    whom = Input("customer", "customer", lazy("reference"))
    group = Input("segment", "segment", lazy("segment"), choices=_segments)
    yield Condition(
        "related",
        lazy("Relation"),
        ops.RELATIONS,
        (
            Operator("any", lazy("with anybody"), _relation_with(None), _says_relation(None), (kind,)),
            Operator("to", lazy("with the customer"), _relation_with(_one), _says_relation(_name), (kind, whom)),
            Operator(
                "member",
                lazy("with somebody in the segment"),
                _relation_with(_of_segment),
                _says_relation(_member),
                (kind, group),
            ),
        ),
        RELATION_READS,
    )


def _tagged() -> Condition:
    tag = (Input("value", "choice", lazy("tag"), choices=_tags),)

    def asked(values: Values, scope: Scope) -> Q:
        return scope.having(Tagging.objects.filter(tag_id=int(values["value"])))

    def says(values: Values, affirmed: bool) -> str:
        name = {"tag": ops.quoted(str(dict(_tags()).get(values["value"])))}
        return (_("who have the tag %(tag)s") if affirmed else _("who do not have the tag %(tag)s")) % name

    operators = (
        Operator("has", lazy("has"), asked, says, tag),
        Operator("lacks", lazy("has not"), lambda v, s: ~asked(v, s), lambda v, a: says(v, not a), tag),
    )
    return Condition("tag", lazy("Tag"), ops.OWN, operators, frozenset(["customers.tagging"]))


def _in_segment() -> Condition:
    which = (Input("value", "segment", lazy("segment"), choices=_segments),)

    def asked(values: Values, scope: Scope) -> Q:
        return Q(values["value"].rules.q(scope)) & ~Q(pk=None)  # all customers, where the rules ask nothing

    def says(values: Values, affirmed: bool) -> str:
        name = {"segment": ops.quoted(values["value"].segment.name)}
        text = _("who are in the segment %(segment)s") if affirmed else _("who are not in the segment %(segment)s")
        return text % name

    operators = (
        Operator("in", lazy("is in"), asked, says, which),
        Operator("out", lazy("is not in"), lambda v, s: ~asked(v, s), lambda v, a: says(v, not a), which),
    )
    return Condition("segment", lazy("Another segment"), ops.OWN, operators, frozenset(["customers.segment"]))


def _custom_fields() -> Iterator[Condition]:
    """Named by the field's code, which stays when its label changes."""
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
            told = {"field": noun}
            yes, no = _("for whom %(field)s is yes") % told, _("for whom %(field)s is not yes") % told
            return ops.flag_operators(lambda lookup, value, scope: where("", 1, scope), yes, no)
        case CustomField.Type.CUSTOMER:
            return _customer_operators(noun, where)
    return ops.text_operators(noun, where)


def _customer_operators(noun: str, where: ops.Where) -> tuple[Operator, ...]:
    def says(values: Values, affirmed: bool) -> str:
        words = {"noun": noun, "value": str(values["value"])}
        return (_("whose %(noun)s is %(value)s") if affirmed else _("whose %(noun)s is not %(value)s")) % words

    whom = (Input("value", "customer", lazy("reference")),)
    return (
        Operator("is", lazy("is"), lambda v, scope: where("", v["value"].pk, scope), says, whom),
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
    """By moments: what a day is depends on the place, and a database that works it out for each row is slow."""
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
def relation_kinds() -> list[tuple[str, Any]]:
    return [(code, label) for code, (label, _yes, _no) in relation_words().items()]


def relation_words() -> dict[str, tuple[Any, Any, Any]]:
    """By code: its label, and the clauses in which %(whom)s stands for the other end."""
    return {
        "household": (
            lazy("lives in the household of"),
            lazy("who live in one household with %(whom)s"),
            lazy("who do not live in one household with %(whom)s"),
        ),
        "employer": (
            lazy("works for"),
            lazy("who work for %(whom)s"),
            lazy("who do not work for %(whom)s"),
        ),
        "employer.to": (lazy("employs"), lazy("who employ %(whom)s"), lazy("who do not employ %(whom)s")),
        "parent": (lazy("belongs to"), lazy("who belong to %(whom)s"), lazy("who do not belong to %(whom)s")),
        "parent.to": (lazy("owns"), lazy("who own %(whom)s"), lazy("who do not own %(whom)s")),
        "referred": (
            lazy("was referred by"),
            lazy("who were referred by %(whom)s"),
            lazy("who were not referred by %(whom)s"),
        ),
        "referred.to": (lazy("referred"), lazy("who referred %(whom)s"), lazy("who did not refer %(whom)s")),
        "buys_for": (lazy("buys for"), lazy("who buy for %(whom)s"), lazy("who do not buy for %(whom)s")),
        "buys_for.to": (
            lazy("is bought for by"),
            lazy("for whom %(whom)s buys"),
            lazy("for whom %(whom)s does not buy"),
        ),
        "carer": (lazy("cares for"), lazy("who care for %(whom)s"), lazy("who do not care for %(whom)s")),
        "carer.to": (
            lazy("is cared for by"),
            lazy("who are cared for by %(whom)s"),
            lazy("who are not cared for by %(whom)s"),
        ),
    }


def relation_q(code: str, scope: Scope, others: Any = None) -> Q:
    """Who stands in the relation with one of `others` (customers; None: anybody)."""
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
        found = rows if others is None else rows.filter(**{f"{other}__in": others})
        asked |= scope.having(found, own)
    return asked


def _relation_with(others: Callable[[Values, Scope], Any] | None) -> Callable[[Values, Scope], Q]:
    return lambda values, scope: relation_q(values["kind"], scope, others(values, scope) if others else None)


def says_relation(code: str, whom: str, affirmed: bool) -> str:
    _label, yes, no = relation_words()[code]
    return str(yes if affirmed else no) % {"whom": whom}


def _says_relation(whom: Callable[[Values], str] | None) -> Callable[[Values, bool], str]:
    return lambda values, affirmed: says_relation(values["kind"], whom(values) if whom else _("somebody"), affirmed)


def _one(values: Values, scope: Scope) -> Sequence[int]:
    return [values["customer"].pk]


def _name(values: Values) -> str:
    return str(values["customer"])


def _of_segment(values: Values, scope: Scope) -> Any:
    """Asked of all: the others are seldom among the few that `scope` is about."""
    whole = Scope(scope.today, scope.told)
    return Customer.objects.standing_alone().filter(values["segment"].rules.q(whole)).values("pk")


def _member(values: Values) -> str:
    return _("somebody in the segment %(segment)s") % {"segment": ops.quoted(values["segment"].segment.name)}


def _tags() -> list[tuple[str, str]]:
    return [(str(pk), name) for pk, name in Tag.objects.order_by("key").values_list("pk", "name")]


def _segments() -> list[tuple[str, str]]:
    found = Segment.objects.filter(removed_at=None).order_by("name", "pk")
    return [(str(pk), name) for pk, name in found.values_list("pk", "name")]
