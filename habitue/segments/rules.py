"""The rules of a segment: parsed from JSON or a form, validated, made into a query and into a sentence.

A group is `{"match": "all" | "any" | "none", "of": [...]}`, a condition `{"what": code, "how": operator}` with a value
for each input of the operator. Positions in error messages count from 1: "2.1" is the first part of the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from habitue.customers.models import Customer
from habitue.kernel.errors import HabitueError
from habitue.segments.conditions import Condition, ConditionError, Operator, Scope, conditions
from habitue.segments.models import Segment
from habitue.segments.values import Resting, kept, read

MATCHES = ("all", "any", "none")
DEEPEST = 6
MOST = 200  # conditions: more is no thought of a person, and databases have limits


@dataclass(frozen=True)
class Asked:
    condition: Condition
    operator: Operator
    values: dict[str, Any]

    def q(self, scope: Scope) -> Q:
        return self.operator.filter(self.values, scope)

    def clause(self, affirmed: bool) -> str:
        return self.operator.says(self.values, affirmed)

    def kept(self) -> dict[str, Any]:
        values = {name: kept(value) for name, value in self.values.items() if value is not None}
        return {"what": self.condition.code, "how": self.operator.code} | values


@dataclass(frozen=True)
class Group:
    match: str = "all"
    of: Sequence[Group | Asked] = field(default_factory=tuple)

    def q(self, scope: Scope) -> Q:
        parts = [part.q(scope) for part in self.of if not _empty(part)]
        if not parts:
            return Q()
        if self.match == "any":
            return reduce(or_, parts)
        return reduce(and_, [~part for part in parts] if self.match == "none" else parts)

    def clause(self, affirmed: bool) -> str:
        """The group in words. A negation is moved to its parts (De Morgan), as nobody reads "not (a or b)"."""
        parts, each, together = self.parts(affirmed)
        clauses = [_clause(part, each, together if len(parts) > 1 else None) for part in parts]
        return _joined(clauses, together)

    def parts(self, affirmed: bool) -> tuple[list[Group | Asked], bool, bool]:
        """(non-empty parts, whether each is affirmed, whether "and" joins them), for the group affirmed or negated."""
        parts = [part for part in self.of if not _empty(part)]
        if self.match == "none":
            return parts, not affirmed, affirmed
        return parts, affirmed, (self.match == "all") == affirmed

    def kept(self) -> dict[str, Any]:
        return {"match": self.match, "of": [part.kept() for part in self.of]}


def parse(rules: Any, seen: tuple[int, ...] = ()) -> Group:
    """Validate rules and return them as a Group; HabitueError with the position of the first error.

    `seen`: ids of the segments whose rules are being parsed; a reference to one of them is a circle and refused.
    """
    known = conditions()
    counted = [0]

    def group(value: Any, place: tuple[int, ...]) -> Group:
        if not isinstance(value, Mapping) or value.get("match", "all") not in MATCHES:
            raise _wrong(place, _("This is no group of conditions."))
        of = value.get("of", [])
        if not isinstance(of, list):
            raise _wrong(place, _("This is no group of conditions."))
        if len(place) > DEEPEST:
            raise _wrong(place, _("Groups lie in groups at most %(most)s deep: put some together.") % {"most": DEEPEST})
        return Group(value.get("match", "all"), tuple(part(one, (*place, at)) for at, one in enumerate(of, start=1)))

    def part(value: Any, place: tuple[int, ...]) -> Group | Asked:
        if isinstance(value, Mapping) and "of" in value:
            return group(value, place)
        counted[0] += 1
        if counted[0] > MOST:
            raise _wrong(place, _("These are more than %(most)s conditions: put some together.") % {"most": MOST})
        try:
            return _asked(value, known, seen)
        except ConditionError as error:
            raise _wrong(place, error.message) from error

    return group(rules or {}, ())


def matching(rules: Group, scope: Scope | None = None) -> QuerySet[Customer]:
    """The customers (canonical records) who match the rules."""
    scope = scope or Scope()
    customers = Customer.objects.unmerged().filter(rules.q(scope))
    return customers if scope.only is None else customers.filter(pk__in=scope.only)


def members(rules: Any, visible: QuerySet[Customer]) -> QuerySet[Customer]:
    """The customers of `visible` who match rules given as JSON."""
    return visible.filter(parse(rules).q(Scope()))


def sentence(rules: Group) -> str:
    """The rules in words: "Customers who bought Pasta at least twice in the last 90 days and who are not at risk"."""
    clause = rules.clause(True)
    return _("Customers %(clause)s") % {"clause": clause} if clause else _("All customers")


def asked(rules: Group | Asked) -> Iterator[Asked]:
    """Yield every condition of the rules, at any depth."""
    if isinstance(rules, Asked):
        yield rules
        return
    for part in rules.of:
        yield from asked(part)


def reads(rules: Group) -> frozenset[str]:
    """Labels of the models that the conditions depend on."""
    return frozenset().union(*(one.condition.reads for one in asked(rules)))


def _asked(value: Any, known: Mapping[str, Condition], seen: tuple[int, ...]) -> Asked:
    if not isinstance(value, Mapping) or not isinstance(value.get("what"), str):
        raise ConditionError(_("Choose what it asks for."))
    condition = known.get(value["what"])
    if condition is None:
        raise ConditionError(
            _("There is nothing called “%(code)s” any more: a field that was removed? Take the condition out.")
            % {"code": value["what"]}
        )
    operator = condition.operator(str(value.get("how", "")))
    if operator is None:
        raise ConditionError(_("“%(label)s” cannot be asked in this way: choose how.") % {"label": condition.label})

    def read_segment(given: Any) -> Resting:
        return _segment(given, seen)

    values = {one.name: read(one, value.get(one.name), read_segment) for one in operator.inputs}
    return Asked(condition, operator, values)


def _segment(given: Any, seen: tuple[int, ...]) -> Resting:
    try:
        segment = Segment.objects.active().filter(pk=int(given)).first()
    except (TypeError, ValueError):
        segment = None
    if not segment:
        raise ConditionError(_("That segment was removed: choose another."))
    if segment.pk in seen:
        raise ConditionError(
            _("The segment “%(name)s” rests on the one that asks for it: a circle. Choose another.")
            % {"name": segment.name}
        )
    try:
        return Resting(segment, parse(segment.rules, (*seen, segment.pk)))
    except HabitueError as error:
        raise ConditionError(
            _("The segment “%(name)s” is broken. %(why)s") % {"name": segment.name, "why": error.message}
        ) from error


def _wrong(place: tuple[int, ...], why: str) -> HabitueError:
    if not place:
        return HabitueError(why)
    where = ".".join(map(str, place))
    return HabitueError(_("Condition %(where)s: %(why)s") % {"where": where, "why": why})


def _clause(part: Group | Asked, affirmed: bool, together: bool | None) -> str:
    """A part in words, in brackets where its parts are joined by "or" among "and", or the other way round."""
    while isinstance(part, Group):
        parts, each, inner = part.parts(affirmed)
        if len(parts) > 1:
            text = part.clause(affirmed)
            return text if together in (None, inner) else _("(%(clause)s)") % {"clause": text}
        part, affirmed = parts[0], each
    return part.clause(affirmed)


def _empty(part: Group | Asked) -> bool:
    return isinstance(part, Group) and all(map(_empty, part.of))


def _joined(clauses: Sequence[str], together: bool) -> str:
    if len(clauses) < 2:
        return "".join(clauses)
    text = _("%(some)s and %(last)s") if together else _("%(some)s or %(last)s")
    return text % {"some": ", ".join(clauses[:-1]), "last": clauses[-1]}
