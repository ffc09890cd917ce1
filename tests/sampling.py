"""How much of a large space a property is tried on: a seeded sample in `make test`, the whole in `make test-long`."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("TEST_TIMES", "1"))  # how many times as many examples as in `make test`
LONG = "TEST_TIMES" in os.environ


def sampled(examples: int, **others: Any) -> settings:
    """Settings for a property: always the same examples in `make test`, others by --hypothesis-seed in a long run."""
    return settings(
        max_examples=examples * TIMES,
        derandomize=not LONG,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        **others,
    )
