"""The Lomax distribution of the time to the next purchase, for a customer who is alive.

The purchase rate of a customer with x repeat purchases in t_x is a posteriori Gamma(r + x, alpha + t_x), so the gap
that follows the last purchase is Lomax distributed: P(gap > d) = (1 + d / (alpha + t_x))^-(r + x).
"""

from __future__ import annotations

import numpy as np

from habitue.insight.models.dropout import Floats

FAR = 36_525.0  # days, a hundred years: for people this is never, and later dates do not fit into a database


def quantile(share: float, shape: Floats | float, scale: Floats | float) -> Floats:
    """The quantile of the Lomax distribution at `share`, in days, at most FAR.

    At the last purchase shape = r + x and scale = alpha + t_x. After `elapsed` days without a purchase the remaining
    time has scale alpha + t_x + elapsed.
    """
    exponent = np.minimum(-np.log1p(-share) / shape, 50.0)
    days: Floats = np.minimum(scale * np.expm1(exponent), FAR)
    return days
