"""The wait for the next purchase of a buyer who is still one.

Somebody with x repeat purchases in t_x buys at a rate that is Gamma(r + x, alpha + t_x) at the last purchase, so the
gap that follows has a Lomax law: P(gap > d) = (1 + d / (alpha + t_x))^-(r + x).
"""

from __future__ import annotations

import numpy as np

from habitue.insight.models.dropout import Floats

FAR = 36_525.0  # a hundred years in days: what lies beyond is "never" to a person, and no longer a date to a database


def quantile(share: float, shape: Floats | float, scale: Floats | float) -> Floats:
    """The days by which a `share` of such gaps has ended, at most FAR.

    At the last purchase shape = r + x and scale = alpha + t_x. After `elapsed` days without a purchase the wait that
    remains has scale alpha + t_x + elapsed.
    """
    exponent = np.minimum(-np.log1p(-share) / shape, 50.0)
    days: Floats = np.minimum(scale * np.expm1(exponent), FAR)
    return days
