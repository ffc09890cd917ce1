"""The BG/NBD model: a customer may drop out after any repeat purchase.

P. Fader, B. Hardie, K. Lee (2005), "'Counting Your Customers' the Easy Way: An Alternative to the Pareto/NBD Model",
Marketing Science 24(2). A customer with one purchase is alive for ever here (P(alive) = 1). The model is kept for its
published figures and for comparison; what is shown to people comes from MBG/NBD.
"""

from __future__ import annotations

import numpy.typing as npt

from habitue.insight.models import dropout, forecast
from habitue.insight.models.dropout import Fit, Floats
from habitue.insight.models.forecast import Outlook


def fit(x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, weights: npt.ArrayLike | None = None) -> Fit:
    """The maximum likelihood fit. Arrays of one length, one row a customer, or distinct rows with `weights`.

    Raises ValueError if nobody repeats: the rate is not identified then.
    """
    return dropout.fit(x, t_x, T, weights, first_may_be_last=False)


def log_likelihood(fitted: Fit, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Floats:
    """The log-likelihood of each row: log L of `dropout` with m = x."""
    x, t_x, T = dropout.columns(x, t_x, T)
    return dropout.log_likelihood(fitted.parameters, x, t_x, T, x)


def p_alive(fitted: Fit, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike) -> Floats:
    """P(alive at T) of each row: 1 / (1 + [x > 0] a/(b+x-1) ((alpha+T)/(alpha+t_x))^(r+x))."""
    x, t_x, T = dropout.columns(x, t_x, T)
    return dropout.p_alive(fitted.parameters, x, t_x, T, x)


def p_buys(fitted: Fit, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float) -> Floats:
    """P(at least one purchase in the `horizon` after T) of each row."""
    x, t_x, T = dropout.columns(x, t_x, T)
    return dropout.p_buys(fitted.parameters, x, t_x, T, x, horizon)


def expected_purchases(fitted: Fit, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float) -> Floats:
    """Expected number of purchases in the `horizon` after T of each row; times in the unit of the data."""
    x, t_x, T = dropout.columns(x, t_x, T)
    alive = dropout.p_alive(fitted.parameters, x, t_x, T, x)
    return forecast.expected(fitted.parameters, x, T, x, alive, horizon)


def outlook(fitted: Fit, x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, horizon: float) -> Outlook:
    """The distribution of the number of purchases in the `horizon` after T, summarised (`Outlook`), by row."""
    x, t_x, T = dropout.columns(x, t_x, T)
    alive = dropout.p_alive(fitted.parameters, x, t_x, T, x)
    return forecast.outlook(fitted.parameters, x, T, x, alive, horizon)


def default(x: npt.ArrayLike, t_x: npt.ArrayLike, T: npt.ArrayLike, weights: npt.ArrayLike) -> Fit:
    """The parameters assumed where too few customers came back for a fit: see `dropout.default`."""
    x, t_x, T, weights = dropout.columns(x, t_x, T, weights)
    return dropout.default(x, t_x, T, weights, first_may_be_last=False)
