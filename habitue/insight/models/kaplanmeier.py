"""The Kaplan-Meier estimate of a survival function from right-censored durations.

E. L. Kaplan, P. Meier (1958), "Nonparametric Estimation from Incomplete Observations", JASA 53. Variance by Greenwood's
formula, 95 % interval on the scale of log(-log S) (J. Kalbfleisch & R. Prentice, 1980), which stays between 0 and 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.insight.intervals import SMALL_SAMPLE, Floats, Z


@dataclass(frozen=True)
class Curve:
    """An estimated survival function S.

    At each of `times` (rising, those at which something ended): the number `at_risk`, the number that `ended`, the
    estimate of S just after it (`lasting`) with `low` and `high` (nan where S is 0), and Greenwood's sum.
    `cases` in all, the longest observed for `longest`; `waits`: the distinct durations, censored or not, with the
    number still observed just before each (`watched_at`, with a 0 at the end).
    """

    times: Floats
    at_risk: Floats
    ended: Floats
    lasting: Floats
    greenwood: Floats
    low: Floats
    high: Floats
    cases: int
    longest: float
    waits: Floats
    watched_at: Floats

    def ended_by(self, time: float) -> dict[str, Any]:
        """1 - S(time), the share ended by `time`: {"days", "share", "low", "high", "at_risk", "few"}.

        `at_risk`: cases neither ended nor censored before `time`. `few`: these and those that had ended before are
        fewer than SMALL_SAMPLE. Beyond the longest case the share is None.
        """
        at = int(np.searchsorted(self.times, time, side="right")) - 1
        watched = self.watched(time)
        few = watched + self.ended[: np.searchsorted(self.times, time)].sum() < SMALL_SAMPLE
        stats = {"days": time, "share": None, "low": None, "high": None, "at_risk": watched, "few": bool(few)}
        all_ended = bool(len(self.times)) and self.lasting[-1] == 0
        if time > self.longest and not all_ended:
            return stats
        if at < 0:
            return stats | {"share": 0.0}
        return stats | {
            "share": float(1 - self.lasting[at]),
            "low": _number(1 - self.high[at]),
            "high": _number(1 - self.low[at]),
        }

    def watched(self, time: float) -> int:
        """The number of cases neither ended nor censored before `time`."""
        return int(self.watched_at[np.searchsorted(self.waits, time)])

    def quantile(self, share: float = 0.5) -> dict[str, float | None]:
        """The time by which a `share` has ended: {"days", "low", "high"}, None where S does not fall that far.

        The interval is that of R. Brookmeyer & J. Crowley (1982), Biometrics 38.
        """
        names = {"days": self.lasting, "low": self.low, "high": self.high}
        with_rounding = 1 - share + 1e-12
        return {name: self._first(values <= with_rounding) for name, values in names.items()}

    def _first(self, reached: npt.NDArray[np.bool_]) -> float | None:
        return float(self.times[np.argmax(reached)]) if reached.any() else None


def kaplan_meier(waits: npt.ArrayLike, ended: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Curve:
    """The Kaplan-Meier curve of durations `waits` (any unit); where `ended` is false they are censored.

    Arrays of one length, one row a case, or distinct rows with `weights`. A case censored at t was at risk at t.
    """
    waits, ended = np.asarray(waits, np.float64), np.asarray(ended, bool)
    weights = np.ones(len(waits)) if weights is None else np.asarray(weights, np.float64)
    distinct, inverse = np.unique(waits, return_inverse=True)
    over = np.bincount(inverse, np.where(ended, weights, 0.0), len(distinct)).astype(np.float64)
    seen = np.bincount(inverse, weights, len(distinct))
    watched = np.append(np.cumsum(seen[::-1])[::-1], 0.0)
    some = over > 0
    times, d, n = distinct[some], over[some], watched[:-1][some]
    lasting = np.cumprod(1 - d / n)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(d / (n * (n - d)))
        width = Z * np.sqrt(greenwood) / np.abs(np.log(lasting))
        low, high = lasting ** np.exp(width), lasting ** np.exp(-width)
    known = lasting > 0
    low, high = np.where(known, low, np.nan), np.where(known, high, np.nan)
    longest = float(distinct[-1]) if len(distinct) else 0.0
    return Curve(times, n, d, lasting, greenwood, low, high, round(weights.sum()), longest, distinct, watched)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
