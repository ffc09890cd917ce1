"""Confidence intervals (95 %) of shares and means, clustered by customer where needed, and what may be concluded."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bounds = tuple[Any, Any]

Z = 1.959963984540054  # the 97.5 % quantile of the standard normal distribution
SMALL_SAMPLE = 20  # customers: a figure of fewer than this is marked ("few")


def wilson(count: npt.ArrayLike, size: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Wilson's interval of a proportion: `count` of `size` independent cases; arrays broadcast, nan where size is 0.

    E. B. Wilson (1927), "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22. For clustered
    cases `size` is the effective sample size, and `count` the share times it.
    """
    count, size = np.asarray(count, np.float64), np.asarray(size, np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = count / size
        middle = (share + Z**2 / (2 * size)) / (1 + Z**2 / size)
        half = Z * np.sqrt(share * (1 - share) / size + Z**2 / (4 * size**2)) / (1 + Z**2 / size)
    # At a share of 0 or 1 the bound is exact; arithmetic would leave a rounding error.
    return np.where(share <= 0, 0.0, middle - half), np.where(share >= 1, 1.0, middle + half)


def share_of(count: int, size: int) -> dict[str, Any]:
    """A proportion with Wilson's interval: {"customers": size, "count", "share", "low", "high", "few"}.

    With size 0 the share and its interval are None.
    """
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
    """The ratio sum(part) / sum(whole) as `ratio_of` gives it, from one `part` (at most the `whole`) a customer."""
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    squares = (float(part @ part), float(part @ whole), float(whole @ whole))
    return ratio_of(float(part.sum()), float(whole.sum()), *squares, int((whole > 0).sum()))


def ratio_of(
    part: float, whole: float, part_squared: float, crossed: float, whole_squared: float, customers: int
) -> dict[str, Any]:
    """A proportion clustered by customer, from sums over customers of k, n, k*k, k*n and n*n (k of n cases).

    {"customers", "of", "count", "share", "low", "high", "few"}. Cases of one customer are correlated, so they count for
    fewer: the variance is that of a ratio estimator (linearised), and the interval is Wilson's for the effective sample
    size, the number of independent cases with that variance (E. Korn & B. Graubard 1998, Survey Methodology 24).
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
        size = float(customers)  # no variation between customers: each counts as one case
    low, high = wilson(share * size, size)
    return stats | {"share": share, "low": float(low), "high": float(high)}


def mean_of(values: npt.ArrayLike) -> dict[str, Any]:
    """The mean of one value a customer with Student's t interval: {"customers", "mean", "low", "high", "few"}."""
    values = np.asarray(values, np.float64)
    return mean_from(
        len(values), float(values.sum()), float(((values - values.mean()) ** 2).sum()) if len(values) else 0
    )


def mean_from(size: int, total: float, squares: float) -> dict[str, Any]:
    """As `mean_of`, from the number of values, their sum `total`, and the sum of squared deviations from their mean."""
    from scipy.special import stdtrit

    stats = {"customers": size, "few": size < SMALL_SAMPLE}
    if size < 2:
        return stats | {"mean": total if size else None, "low": None, "high": None}
    half = float(stdtrit(size - 1, 0.975)) * (squares / (size - 1) / size) ** 0.5
    return stats | {"mean": total / size, "low": total / size - half, "high": total / size + half}


def mean_per(values: npt.ArrayLike, cases: npt.ArrayLike) -> dict[str, Any]:
    """The mean per case, sum(values) / sum(cases), clustered by customer: one sum of `values` a customer.

    {"customers", "mean", "low", "high", "few"}; the variance is that of a ratio estimator (linearised).
    """
    values, cases = np.asarray(values, np.float64), np.asarray(cases, np.float64)
    whole, customers = float(cases.sum()), int((cases > 0).sum())
    if not whole:
        return mean_from(0, 0.0, 0.0)
    mean = float(values.sum()) / whole
    moved = (values - mean * cases) * customers / whole
    return mean_from(customers, mean * customers, float(moved @ moved))


def finding(difference: dict[str, Any]) -> str:
    """The sign of a difference with interval: "more", "less", "unclear" where it holds 0, "few" for a small sample."""
    if difference["few"] or difference["low"] is None:
        return "few"
    if difference["low"] > 0:
        return "more"
    return "less" if difference["high"] < 0 else "unclear"
