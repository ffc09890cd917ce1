"""RFM scores: recency, frequency and monetary value of customers in quintiles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def score(values: npt.ArrayLike) -> npt.NDArray[np.int16]:
    """The quintile of each value, 1 to 5 with 5 for the largest. Equal values share a score."""
    _, inverse, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    twice_middle = 2 * (np.cumsum(counts) - counts) + counts  # twice the mean rank of equal values
    return (1 + 5 * twice_middle // (2 * max(len(inverse), 1)))[inverse].astype(np.int16)


def edges(values: npt.ArrayLike) -> list[int | None]:
    """The smallest values with a score of at least 2, 3, 4 and 5; None where nobody has it. `placed` scores by them."""
    values, scores = np.asarray(values), score(values)
    reached = (values[scores >= level] for level in range(2, 6))
    return [int(some.min()) if len(some) else None for some in reached]


def placed(values: npt.ArrayLike, edges: Sequence[int | None]) -> npt.NDArray[np.int16]:
    """The scores of values by the `edges` of the base that they are held against."""
    values = np.asarray(values)
    return (
        1
        + sum((values >= edge).astype(np.int16) for edge in edges if edge is not None)
        + np.zeros_like(values, np.int16)
    )
