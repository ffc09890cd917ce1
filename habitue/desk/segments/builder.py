"""The form that builds a segment from nested groups of conditions. It works without JavaScript: each button submits.

A field is named by its position: "0.1.what" is the property that the second part of the first group asks for. `do` is
the pressed button: "add:0", "group:0", "remove:0.1".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from habitue.segments.conditions import Condition, Input, Operator, conditions
from habitue.segments.rules import DEEPEST, MATCHES

FIELD = re.compile(r"^((?:\d{1,3}\.)*)(\w+)$")
Rules = dict[str, Any]


def read_form(given: QueryDict) -> Rules:
    """The rules as filled in so far, with incomplete conditions."""
    parts: dict[tuple[int, ...], Rules] = {(): {"match": given.get("match", "all"), "of": []}}
    fields: dict[tuple[int, ...], dict[str, list[str]]] = {}
    for name in given:
        if match := FIELD.match(name):
            path = tuple(int(step) for step in match[1].split(".") if step)
            fields.setdefault(path, {})[match[2]] = given.getlist(name)
    known = conditions()
    for path in sorted(fields, key=lambda path: (len(path), path)):
        parent = parts.get(path[:-1])
        if not path or parent is None or "of" not in parent:
            continue
        own = fields[path]
        parts[path] = {"match": own["match"][0], "of": []} if "match" in own else _condition(own, known)
        parent["of"].append(parts[path])
    return parts[()]


def act(rules: Rules, do: str) -> str:
    """Change `rules` as the pressed button asks; returns the position of the new part, to focus it, or ""."""
    verb, _colon, place = do.partition(":")
    path = [int(step) for step in place.split(".") if step.isdecimal()]
    if verb == "remove" and path:
        parent = _at(rules, path[:-1])
        if parent is not None and path[-1] < len(parent["of"]):
            del parent["of"][path[-1]]
        return ""
    group = _at(rules, path)
    if verb not in ("add", "group") or group is None:
        return ""
    new = blank()
    group["of"].append(new if verb == "add" else {"match": "any", "of": [new]})
    return ".".join(map(str, [*path, len(group["of"]) - 1, *([0] if verb == "group" else [])]))


def blank() -> Rules:
    """A new condition: the first one that there is, with its first operator."""
    first = next(iter(conditions().values()))
    return {"what": first.code, "how": first.operators[0].code}


def shown(rules: Any, focus: str = "") -> dict[str, Any]:
    """Template context of the rules, nested like their groups. `focus`: the position of the part to focus."""
    known = conditions()
    return _shown(rules if isinstance(rules, Mapping) else {}, (), known, _grouped(known), focus)


def _condition(own: dict[str, list[str]], known: Mapping[str, Condition]) -> Rules:
    """A condition from its form fields, with the inputs of its operator.

    Where another condition was chosen and lacks that operator, its first one is taken.
    """
    what = own.get("what", [""])[0]
    condition = known.get(what)
    if condition is None:
        return {"what": what, "how": own.get("how", [""])[0]}
    operator = condition.operator(own.get("how", [""])[0]) or condition.operators[0]
    rules: Rules = {"what": what, "how": operator.code}
    for asked in operator.inputs:
        if values := [value for value in own.get(asked.name, []) if value]:
            rules[asked.name] = values if asked.type == "choices" else values[0]
    return rules


def _at(rules: Rules, path: list[int]) -> Rules | None:
    for step in path:
        of = rules.get("of")
        if of is None or step >= len(of):
            return None
        rules = of[step]
    return rules if "of" in rules else None


def _shown(
    rules: Mapping[str, Any], path: tuple[int, ...], known: Mapping[str, Condition], grouped: Any, focus: str
) -> dict[str, Any]:
    place = ".".join(map(str, path))
    context = {"place": place, "prefix": f"{place}." if place else "", "id": f"rule-{place.replace('.', '-')}"}
    if "of" in rules or not path:
        of = rules.get("of") if isinstance(rules.get("of"), list) else []
        parts = [_shown(part, (*path, at), known, grouped, focus) for at, part in enumerate(of or [])]
        match = rules.get("match") if rules.get("match") in MATCHES else "all"
        return context | {"group": True, "match": match, "of": parts, "deeper": len(path) < DEEPEST - 1}
    condition = known.get(str(rules.get("what", "")))
    if condition is None:
        return context | {"gone": rules.get("what", ""), "grouped": grouped, "focused": focus == place}
    operator = condition.operator(str(rules.get("how", ""))) or condition.operators[0]
    return context | {
        "condition": condition,
        "operator": operator,
        "grouped": grouped,
        "inputs": [_input(asked, rules.get(asked.name), operator, condition) for asked in operator.inputs],
        "focused": focus == place,
    }


def _input(asked: Input, value: Any, operator: Operator, condition: Condition) -> dict[str, Any]:
    chosen = [str(one) for one in value] if isinstance(value, list) else [str(value)] if value is not None else []
    options = [(str(code), label, str(code) in chosen) for code, label in asked.choices()] if asked.choices else []
    return {
        "asked": asked,
        "value": chosen[0] if chosen else "",
        "options": options,
        "suggests": f"{condition.code}.{operator.code}.{asked.name}" if asked.suggests else "",
    }


def _grouped(known: Mapping[str, Condition]) -> list[tuple[str, list[Condition]]]:
    groups: dict[str, list[Condition]] = {}
    for condition in known.values():
        groups.setdefault(str(condition.group), []).append(condition)
    return list(groups.items())
