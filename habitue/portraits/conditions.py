"""The conditions of segments on portraits: stage, standing, value and predictions, as of the last refresh."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from habitue.portraits.models import Portrait, Refresh, Stage, StageChange, Standing
from habitue.portraits.wording import BEING
from habitue.segments import customer_conditions
from habitue.segments import operators as ops
from habitue.segments.conditions import Condition, Input, Operator, Scope, Values, declare, describe_data

READS = frozenset(["portraits.portrait"])

STANDING = {
    Standing.PROSPECT: pgettext_lazy("who are by standing", "prospects"),
    Standing.CUSTOMER: pgettext_lazy("who are by standing", "customers"),
    Standing.FORMER: pgettext_lazy("who are by standing", "former customers"),
    Standing.RECIPIENT: pgettext_lazy("who are by standing", "recipients only"),
    Standing.PAYER: pgettext_lazy("who are by standing", "payers only"),
    Standing.INTERNAL: pgettext_lazy("who are by standing", "internal"),
}


def declare_portraits() -> None:
    describe_data(lambda: _latest("as_of"), lambda: _latest("currency"))
    declare(*_life())


def _life() -> Iterator[Condition]:
    chosen = Input("value", "choices", gettext_lazy("stage"), choices=lambda: Stage.choices)
    stage = Operator("is", gettext_lazy("is"), _stage, _says_being(BEING), (chosen,))
    yield Condition("stage", gettext_lazy("Stage"), ops.LIFE, (stage,), READS)
    since = ops.day_operators(pgettext_lazy("whose", "entry into the stage"), _since, by_data=True)
    yield Condition(
        "stage_since", gettext_lazy("In the stage since"), ops.LIFE, since, frozenset(["portraits.stagechange"])
    )
    chosen = Input("value", "choices", gettext_lazy("standing"), choices=lambda: Standing.choices)
    standing = Operator("is", gettext_lazy("is"), _standing, _says_being(STANDING), (chosen,))
    yield Condition("standing", gettext_lazy("Standing"), ops.LIFE, (standing,), READS)
    numbers: tuple[tuple[str, Any, Any, Any], ...] = (
        ("value", gettext_lazy("Value to date"), pgettext_lazy("whose", "value to date"), "money"),
        ("expected_value", gettext_lazy("Expected in 12 months"), pgettext_lazy("whose", "expected value"), "money"),
        ("purchases", gettext_lazy("Number of purchases"), pgettext_lazy("whose", "number of purchases"), "number"),
    )
    for name, label, noun, type_ in numbers:
        yield Condition(name, label, ops.LIFE, ops.number_operators(noun, _portrait(name), type_), READS)
    days: tuple[tuple[str, Any, Any], ...] = (
        ("first_day", gettext_lazy("First purchase"), pgettext_lazy("whose", "first purchase")),
        ("last_day", gettext_lazy("Last purchase"), pgettext_lazy("whose", "last purchase")),
        ("next_middle", gettext_lazy("Next purchase expected"), pgettext_lazy("whose", "next expected purchase")),
    )
    for name, label, noun in days:
        yield Condition(name, label, ops.LIFE, ops.day_operators(noun, _portrait(name), by_data=True), READS)
    yield _related()


def _related() -> Condition:
    """The condition on the stage of a related customer, such as "same household as somebody at risk"."""
    inputs = (
        Input("kind", "choice", gettext_lazy("relation"), choices=customer_conditions.relation_kinds),
        Input("stage", "choices", gettext_lazy("stage"), choices=lambda: Stage.choices, before=gettext_lazy("who is")),
    )

    def asked(values: Values, scope: Scope) -> Q:
        others = Portrait.objects.filter(stage__in=values["stage"]).values("customer_id")
        return customer_conditions.relation_q(values["kind"], scope, others)

    def says(values: Values, affirmed: bool) -> str:
        stages = ops.either([str(Stage(code).label) for code in values["stage"]])
        whom = _("somebody whose stage is “%(stages)s”") % {"stages": stages}
        return customer_conditions.says_relation(values["kind"], whom, affirmed)

    operator = Operator("is", gettext_lazy("with somebody who is"), asked, says, inputs)
    return Condition(
        "related_stage",
        gettext_lazy("Relation, by stage"),
        ops.RELATIONS,
        (operator,),
        READS | customer_conditions.RELATION_READS,
    )


def _portrait(name: str) -> ops.Where:
    return lambda lookup, value, scope: _of(scope, **{f"{name}{lookup}": value})


def _of(scope: Scope, **asked: Any) -> Q:
    """The condition that a customer's portrait matches.

    A subquery and no join: for nested "or" and "not", Django makes an inner join, which loses customers without a
    portrait.
    """
    return scope.having(Portrait.objects.filter(**asked))


def _stage(values: Values, scope: Scope) -> Q:
    """The condition on the stage, by `stage_rank`, which has an index."""
    return _of(scope, stage_rank__in=[Stage.values.index(code) for code in values["value"]])


def _standing(values: Values, scope: Scope) -> Q:
    """The condition on the standing in the portrait; customers without a portrait match no standing."""
    return _of(scope, standing__in=values["value"])


def _since(lookup: str, value: Any, scope: Scope) -> Q:
    later = StageChange.objects.filter(customer=OuterRef("customer"), on__gt=OuterRef("on"))
    now = StageChange.objects.filter(~Exists(later), now=F("customer__portrait__stage"))
    return scope.having(now.filter(**{f"on{lookup}": value}))


def _says_being(words: Any) -> Any:
    def says(values: Values, affirmed: bool) -> str:
        named = [str(words[code]) for code in values["value"]]
        if affirmed or len(named) < 2:
            stages = {"stages": ops.either(named)}
            return (_("who are %(stages)s") if affirmed else _("who are not %(stages)s")) % stages
        return _("who are neither %(stages)s") % {"stages": ops.neither(named)}

    return says


def _latest(name: str) -> Any:
    days = Refresh.objects.filter(finished_at__isnull=False).order_by("id").values_list(name, flat=True)
    return days.last()
