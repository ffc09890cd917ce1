"""How the numbers of a column are written: decimal mark, thousands, signs, currency marks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from habitue.imports.evidence import shapes

SEPARATORS = re.compile("[.,]")
GROUPED = re.compile(r"9{1,3}[.,]999")
MARK = re.compile(r"€|\$|£|¥|CHF|EUR|USD|GBP|CAD|AUD|JPY")
CODES = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}
NEGATIVE = re.compile(r"[(\-−–]")
MOSTLY = 0.9


@dataclass(frozen=True)
class Numbers:
    """`proven` is false where every cell with a mark has three digits behind it: 1.500 may be 1500 or 1.5."""

    decimal: str = "."
    thousands: str = ""
    proven: bool = True
    contradicted: bool = False
    decimals: int = 0
    marks: tuple[str, ...] = ()
    writings: tuple[str, ...] = ()  # beside plain ones: brackets, minus_behind, currency_mark, percent
    whole: bool = False
    least: float = 0.0
    most: float = 0.0
    median: float = 0.0


def of_shapes(counts: Mapping[str, int]) -> Numbers:
    """What the shapes of a column's numbers tell of how they are written."""
    numeric = {shape: count for shape, count in counts.items() if _numeric(shape)}
    votes = {".": 0, ",": 0}
    thousands: set[str] = set()
    unproven = 0
    for shape, count in numeric.items():
        mark, group = _marks(shape)
        thousands |= {group} if group else set()
        if mark:
            votes[mark] += count
        unproven += count * (not mark and not group and bool(GROUPED.search(_bare(shape))))
    decimal = "," if votes[","] > votes["."] else "."
    if not any(votes.values()) and "." in thousands:
        decimal = ","
    proven = not unproven or any(votes.values()) or bool(thousands)
    if not proven:
        decimal, thousands = _unproven(numeric)
    return Numbers(
        decimal=decimal,
        thousands=next(iter(thousands - {decimal}), ""),
        proven=proven,
        contradicted=min(votes.values()) > 0,
        decimals=max((_decimals(shape, decimal) for shape in numeric), default=0),
        marks=tuple(sorted({mark for shape in numeric for mark in MARK.findall(shape)})),
        writings=_writings(numeric),
    )


def values(texts: pa.StringArray, written: Numbers) -> NDArray[np.float64]:
    """The numbers in texts, NaN for none, for comparing only: what is stored is read by `staging.sql`."""
    bare = pc.replace_substring_regex(texts, f"[^0-9{written.decimal}]", "")
    bare = pc.replace_substring(bare, written.decimal, ".")
    readable = pc.match_substring_regex(bare, r"^([0-9]+(\.[0-9]*)?|\.[0-9]+)$")
    matches = pc.cast(pc.if_else(readable, bare, None), pa.float64())
    negative = pc.match_substring_regex(texts, "^[^0-9]*[(−–-]|[0-9] ?[−–-]$")
    return np.asarray(
        pc.if_else(negative, pc.negate(matches), matches).to_numpy(zero_copy_only=False), dtype=np.float64
    )


def _numeric(shape: str) -> bool:
    return bool(shapes.looks(shape) & {"number", "percent"})


def _bare(shape: str) -> str:
    return re.sub("[^09.,]", "", shape)


def _marks(shape: str) -> tuple[str, str]:
    """The decimal mark and that of thousands, as far as this cell proves them."""
    bare = _bare(shape)
    matches = SEPARATORS.findall(bare)
    if not matches:
        return "", ""
    if len(set(matches)) > 1:
        return matches[-1], matches[0]
    if len(matches) > 1:
        return "", matches[0]
    behind = len(bare.rsplit(matches[0], 1)[1])
    before = len(bare.split(matches[0], 1)[0])
    if behind != 3 or before == 0 or before > 3 or bare.startswith("0") or re.search("[ \u00a0\u202f\u2009'’]9", shape):
        return matches[0], ""
    return "", ""


def _unproven(counts: Mapping[str, int]) -> tuple[str, set[str]]:
    """Three digits behind a mark are likelier thousands: money has two decimals."""
    group = "." if any("." in shape for shape in counts) else ","
    return ("," if group == "." else "."), {group}


def _decimals(shape: str, decimal: str) -> int:
    _whole, matches, behind = _bare(shape).rpartition(decimal)
    return len(behind) if matches else 0


def _writings(counts: Mapping[str, int]) -> tuple[str, ...]:
    kinds = {
        "brackets": lambda shape: "(" in shape,
        "minus_behind": lambda shape: bool(re.search(r"9 ?[-−–]$", shape)),
        "currency_mark": lambda shape: bool(MARK.search(shape)),
        "percent": lambda shape: "%" in shape,
    }
    return tuple(name for name, fits in kinds.items() if any(map(fits, counts)))
