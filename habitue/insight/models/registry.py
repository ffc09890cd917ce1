"""The models of purchasing without a contract, under one interface.

x: repeat purchases; t_x, T: time of the last one and of observation, both since the first purchase; arrays of one
length. t_x, T and the horizon are in one time unit. Each function returns one value a row.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from habitue.insight.models import bgnbd, mbgnbd, ownrate, paretonbd
from habitue.insight.models.dropout import Floats
from habitue.insight.models.forecast import Outlook

FEWEST = 20  # customers with a repeat purchase: with fewer, parameters are mostly noise

Column = npt.ArrayLike


class Model(Protocol):
    """The interface of a model. `fit` takes weights for distinct rows; it raises ValueError if nobody repeats."""

    def fit(self, x: Column, t_x: Column, T: Column, weights: Column | None = None) -> Any: ...

    def default(self, x: Column, t_x: Column, T: Column, weights: Column) -> Any: ...

    def p_alive(self, fitted: Any, x: Column, t_x: Column, T: Column) -> Floats: ...

    def p_buys(self, fitted: Any, x: Column, t_x: Column, T: Column, horizon: float) -> Floats: ...

    def expected_purchases(self, fitted: Any, x: Column, t_x: Column, T: Column, horizon: float) -> Floats: ...

    def outlook(self, fitted: Any, x: Column, t_x: Column, T: Column, horizon: float) -> Outlook: ...


MODELS: dict[str, Model] = {"bgnbd": bgnbd, "mbgnbd": mbgnbd, "paretonbd": paretonbd, "own_rate": ownrate}


def fit_or_default(model: Model, x: Floats, t_x: Floats, T: Floats, weights: Floats) -> Any:
    """The fit, or the model's default (its `fallback` is true) where fewer than FEWEST customers came back."""
    if weights[np.greater(x, 0)].sum() >= FEWEST:
        return model.fit(x, t_x, T, weights)
    return model.default(x, t_x, T, weights)
