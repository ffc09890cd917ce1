"""Intervals of shares and means, and what may be claimed from them. All of them hold 95 %."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bounds = tuple[Any, Any]

Z = 1.959963984540054  # standard deviations either side that hold 95 % of a normal law
SMALL_SAMPLE = 20  # a figure about fewer customers than this says little and is marked


def wilson(count: npt.ArrayLike, size: npt.ArrayLike) -> tuple[Floats, Floats]:
    """The interval of a share of `count` among `size` independent cases; arrays broadcast, nan where size is 0.

    E. B. Wilson (1927), "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22. `size` may be
    the effective size of cases that hang together, `count` the share times it.
    """
    count, size = np.asarray(count, np.float64), np.asarray(size, np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = count / size
        middle = (share + Z**2 / (2 * size)) / (1 + Z**2 / size)
        half = Z * np.sqrt(share * (1 - share) / size + Z**2 / (4 * size**2)) / (1 + Z**2 / size)
    # At a share of 0 or 1 the bound is exactly there; arithmetic leaves it a rounding error away.
    return np.where(share <= 0, 0.0, middle - half), np.where(share >= 1, 1.0, middle + half)


def share_of(count: int, size: int) -> dict[str, Any]:
    """{"customers": size, "count", "share", "low", "high", "few"}; the share of nobody is None."""
    low, high = (float(bound) for bound in wilson(count, size)) if size else (None, None)
    return {
        "customers": int(size),
        "count": int(count),
        "share": count / size if size else None,
        "low": low,
        "high": high,
        "few": size < SMALL_SAMPLE,
    }


def clustered(part: npt.ArrayLike, whole: npt.ArrayLike) -> dict[str, Any]:
    """The share sum(part) / sum(whole), where each customer gives one `part` (at most the `whole`) of several cases."""
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    squares = (float(part @ part), float(part @ whole), float(whole @ whole))
    return ratio_of(float(part.sum()), float(whole.sum()), *squares, int((whole > 0).sum()))


def ratio_of(
    part: float, whole: float, part_squared: float, crossed: float, whole_squared: float, customers: int
) -> dict[str, Any]:
    """The same from sums over customers: of k, n, k*k, k*n and n*n.

    {"customers", "of", "count", "share", "low", "high", "few"}. The cases of one customer are alike, so they count for
    fewer than they are: the variance is that of a ratio over customers (linearised), and Wilson's interval is that of
    as many independent cases as would have it (E. Korn & B. Graubard 1998, Survey Methodology 24).
    """
    stats = {"customers": customers, "of": round(whole), "count": round(part), "few": customers < SMALL_SAMPLE}
    if not whole:
        return stats | {"share": None, "low": None, "high": None}
    share = part / whole
    spread = part_squared - 2 * share * crossed + share**2 * whole_squared
    if 0 < share < 1 and customers > 1 and spread > 1e-9:
        variance = spread / whole**2 * customers / (customers - 1)
        size = min(share * (1 - share) / variance, whole)
    else:
        size = float(customers)  # everybody alike: no more can be said than from one case each
    low, high = wilson(share * size, size)
    return stats | {"share": share, "low": float(low), "high": float(high)}


def mean_of(values: npt.ArrayLike) -> dict[str, Any]:
    """{"customers", "mean", "low", "high", "few"}: the mean of one value a customer, by Student's law."""
    values = np.asarray(values, np.float64)
    return mean_from(
        len(values), float(values.sum()), float(((values - values.mean()) ** 2).sum()) if len(values) else 0
    )


def mean_from(size: int, total: float, squares: float) -> dict[str, Any]:
    """The same from how many values there are, their sum, and the sum of their squared distances from their mean."""
    from scipy.special import stdtrit

    stats = {"customers": size, "few": size < SMALL_SAMPLE}
    if size < 2:
        return stats | {"mean": total if size else None, "low": None, "high": None}
    half = float(stdtrit(size - 1, 0.975)) * (squares / (size - 1) / size) ** 0.5
    return stats | {"mean": total / size, "low": total / size - half, "high": total / size + half}


def mean_per(values: npt.ArrayLike, cases: npt.ArrayLike) -> dict[str, Any]:
    """The mean of a case, sum(values) / sum(cases), where each customer gives a value summed over their `cases`.

    {"customers", "mean", "low", "high", "few"}; the variance is that of a ratio over customers (linearised).
    """
    values, cases = np.asarray(values, np.float64), np.asarray(cases, np.float64)
    whole, customers = float(cases.sum()), int((cases > 0).sum())
    if not whole:
        return mean_from(0, 0.0, 0.0)
    mean = float(values.sum()) / whole
    moved = (values - mean * cases) * customers / whole
    return mean_from(customers, mean * customers, float(moved @ moved))


def finding(difference: dict[str, Any]) -> str:
    """What an interval of a difference lets one say: "more", "less", "unclear" where it holds 0, "few"."""
    if difference["few"] or difference["low"] is None:
        return "few"
    if difference["low"] > 0:
        return "more"
    return "less" if difference["high"] < 0 else "unclear"
