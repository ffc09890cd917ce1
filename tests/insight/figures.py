"""Every public function of insight that looks at facts, asked as of one day: the same for engines and properties."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from habitue import insight
from habitue.insight import (
    Facts,
    Portraits,
    Thresholds,
    backtest,
    concentration,
    portraits,
    retention,
    stages_at,
)
from habitue.insight.lifecycle.contracts import contracts
from habitue.insight.lifecycle.second_purchase import second_purchase
from habitue.insight.lifecycle.tenure import spend_by_tenure
from habitue.insight.models.lifetime import lifetime
from habitue.insight.offers.offers import offers
from habitue.insight.prices.after_promotion import after_discounts
from habitue.insight.prices.churn_by_price import churn_by_price
from habitue.insight.prices.discounts import discounts, discounts_by_customer

SEASON = 91

FIGURES: dict[str, Callable[[Facts, int, Portraits], Any]] = {
    "portraits": lambda facts, as_of, made: made,
    "lifetime": lambda facts, as_of, made: lifetime(facts, as_of),
    "concentration": lambda facts, as_of, made: concentration(made.table),
    "retention": lambda facts, as_of, made: retention(facts, as_of),
    "stages_at": lambda facts, as_of, made: stages_at(facts, [as_of - 31, as_of], made.parameters, Thresholds()),
    "backtest": lambda facts, as_of, made: backtest(facts, as_of - SEASON, SEASON),
    "second_purchase": lambda facts, as_of, made: second_purchase(facts, as_of),
    "offers": lambda facts, as_of, made: (lambda result: [result.table, result.record])(offers(facts, as_of)),
    "spend_by_tenure": lambda facts, as_of, made: spend_by_tenure(facts, as_of),
    "contracts": lambda facts, as_of, made: contracts(facts, as_of),
    "discounts": lambda facts, as_of, made: discounts(facts, as_of),
    "discounts_by_customer": lambda facts, as_of, made: discounts_by_customer(facts, as_of),
    "after_discounts": lambda facts, as_of, made: after_discounts(facts, as_of),
    "churn_by_price": lambda facts, as_of, made: [
        churn_by_price(facts, as_of, change) for change in ("discount", "rise")
    ],
}
# Reached through the ones above, or made of them.
PARTS = {
    *("base_analyses", "bought", "bought_between", "choose", "portraits_as_fitted"),
    *("ended_discounts", "risen_prices", "sold", "with_family", "ownership", "families", "holders"),
}


def ask(facts: Facts, as_of: int, names: Iterable[str] = FIGURES) -> dict[str, Any]:
    """Every figure by name, plain."""
    made = portraits(facts, as_of)
    return {name: plain(FIGURES[name](facts, as_of, made)) for name in names}


def missing() -> set[str]:
    """Public functions of any module of insight that take facts, and are not in FIGURES."""
    public = set()
    for part in pkgutil.walk_packages(insight.__path__, "habitue.insight."):
        module = importlib.import_module(part.name)
        for name, member in inspect.getmembers(module, inspect.isfunction):
            here = member.__module__ == module.__name__ and not name.startswith("_")
            if here and "facts" in inspect.signature(member).parameters:
                public.add(name)
    return public - set(FIGURES) - PARTS


def plain(result: Any) -> Any:
    """Tables as columns, data classes as mappings, so that two answers can be walked side by side."""
    if isinstance(result, pa.Table):
        return {name: column.to_pylist() for name, column in zip(result.column_names, result.columns, strict=True)}
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        return {part.name: plain(getattr(result, part.name)) for part in dataclasses.fields(result)}
    if isinstance(result, Mapping):
        return {key: plain(value) for key, value in result.items()}
    if isinstance(result, np.ndarray):
        return result.tolist()
    return [plain(part) for part in result] if isinstance(result, list | tuple) else result


def differences(one: Any, other: Any, tolerance: float = 0.0, where: str = "") -> list[str]:
    """Where two plain answers part: integers, texts and nulls must be equal, floats to `tolerance` of themselves."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        if list(one) != list(other):
            return [f"{where}: {list(one)} / {list(other)}"]
        return [part for key in one for part in differences(one[key], other[key], tolerance, f"{where}.{key}")]
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return [f"{where}: {len(one)} / {len(other)} rows"]
        return _in_lists(one, other, tolerance, where)
    return [] if alike(one, other, tolerance) else [f"{where}: {one!r} / {other!r}"]


def _in_lists(one: Sequence[Any], other: Sequence[Any], tolerance: float, where: str) -> list[str]:
    unlike = [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if not _same(a, b)]
    return [part for at in unlike for part in differences(one[at], other[at], tolerance, f"{where}[{at}]")]


def _same(one: Any, other: Any) -> bool:
    """At a glance: 1 == 1.0 in Python, also within lists, but not for us."""
    return type(one) is type(other) and not isinstance(one, list | Mapping) and bool(one == other)


def alike(one: Any, other: Any, tolerance: float) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        same = one == other or (np.isnan(one) and np.isnan(other))
        return bool(same or abs(one - other) <= tolerance * max(abs(one), abs(other), 1.0))
    return type(one) is type(other) and bool(one == other)
