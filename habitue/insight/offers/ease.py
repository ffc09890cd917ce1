"""EASE: a linear item-to-item model for recommendations, in closed form.

H. Steck (2019), "Embarrassingly Shallow Autoencoders for Sparse Data", WWW '19, https://doi.org/10.1145/3308558.3313710.
With G = X'X + lambda I and P = G^-1, the weights B that best predict X from X with no item predicting itself are
B[i, j] = -P[i, j] / P[j, j], and 0 for i = j (equation 8).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def weights(gram: npt.NDArray[np.floating], penalty: float) -> npt.NDArray[np.float32]:
    """The weights B, items x items, for `gram` = X'X (customers who have both items) and the ridge `penalty` lambda.

    The score of item j for a customer is the sum of B[i, j] over the items i that they have. ValueError for a penalty
    of 0 or less.
    """
    from scipy.linalg import lapack

    matrix = np.array(gram, np.float64, order="F")
    matrix[np.diag_indices(len(matrix))] += penalty
    lower, failed = lapack.dpotrf(matrix, lower=1, overwrite_a=1)
    inverse, also = lapack.dpotri(lower, lower=1, overwrite_c=1)
    if failed or also:
        raise ValueError("the penalty must be positive")
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    between_items: npt.NDArray[np.float32] = (-inverse / np.diag(inverse)).astype(np.float32)
    np.fill_diagonal(between_items, 0.0)
    return between_items
