"""The models of buying without a contract, with one face.

x: repeat purchases; t_x, T: time of the last one and of observation since the first purchase; arrays of one length,
and the horizon, all in one unit of time. Each function gives one value a row.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from habitue.insight.models import bgnbd, mbgnbd, ownrate, paretonbd
from habitue.insight.models.dropout import Floats
from habitue.insight.models.forecast import Outlook

FEWEST = 20  # customers who came back: with fewer, the parameters say more about chance than about the customers

Column = npt.ArrayLike


class Model(Protocol):
    """`fit` wants weights where a row stands for several customers; ValueError if nobody repeats."""

    def fit(self, x: Column, t_x: Column, T: Column, weights: Column | None = None) -> Any: ...

    def default(self, x: Column, t_x: Column, T: Column, weights: Column) -> Any: ...

    def p_alive(self, fitted: Any, x: Column, t_x: Column, T: Column) -> Floats: ...

    def p_buys(self, fitted: Any, x: Column, t_x: Column, T: Column, horizon: float) -> Floats: ...

    def expected_purchases(self, fitted: Any, x: Column, t_x: Column, T: Column, horizon: float) -> Floats: ...

    def outlook(self, fitted: Any, x: Column, t_x: Column, T: Column, horizon: float) -> Outlook: ...


MODELS: dict[str, Model] = {"bgnbd": bgnbd, "mbgnbd": mbgnbd, "paretonbd": paretonbd, "own_rate": ownrate}


def fit_or_default(model: Model, x: Floats, t_x: Floats, T: Floats, weights: Floats) -> Any:
    """The fit, or the model's default (`fallback` is true) where fewer than FEWEST customers came back."""
    if weights[np.greater(x, 0)].sum() >= FEWEST:
        return model.fit(x, t_x, T, weights)
    return model.default(x, t_x, T, weights)
