"""Item-based collaborative filtering: items are similar that the same customers have.

B. Sarwar, G. Karypis, J. Konstan, J. Riedl (2001), "Item-Based Collaborative Filtering Recommendation Algorithms",
WWW '01, with the shrinkage of few common customers of R. Bell and Y. Koren (2007).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_array

AT_ONCE = 500  # items whose similarities are computed together, as a dense matrix


def weights(
    has: Callable[[], Iterable[csr_array[Any]]], size: int, nearest: int = 100, shrink: float = 10.0
) -> csr_array[Any]:
    """Item similarities S, sparse, `size` x `size`: n_ij / (sqrt(n_i n_j) + shrink), 0 for i = j.

    Kept for the `nearest` items i of each item j, else 0. n_i customers have item i, n_ij have both. `has` returns the
    matrix customers x items (ones) in parts, each time that it is called. The score of item j for a customer is the sum
    of S[i, j] over the items i that they have. Memory: AT_ONCE x `size` floats and one part beside the result.
    """
    from scipy.sparse import csr_array, vstack

    counts = sum((part.sum(axis=0) for part in has()), np.zeros(size))
    rows: list[Any] = [csr_array((0, size), dtype=np.float32)]
    for begin in range(0, size, AT_ONCE):
        end = min(begin + AT_ONCE, size)
        common = np.zeros((end - begin, size), np.float32)
        for part in has():
            common += (part[:, begin:end].T @ part).toarray()
        common /= np.sqrt(np.outer(counts[begin:end], counts)) + shrink
        common[np.arange(end - begin), np.arange(begin, end)] = 0
        if nearest < size:
            least = np.partition(common, size - nearest, axis=1)[:, size - nearest]
            common[common < least[:, None]] = 0
        rows.append(csr_array(common))
    stacked: csr_array[Any] = vstack(rows, format="csr").T.tocsr()
    return stacked
