"""Django system checks of the attributes `on_merge` and `part_of` of models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, get_args

from django.apps import apps
from django.core import checks
from django.db import models

from habitue.customers.merging.merging import MergeAction, pointing
from habitue.customers.models import Customer

MERGE_ACTIONS = get_args(MergeAction)
Model = type[models.Model]


def check_models(app_configs: Sequence[Any] | None = None, **_options: Any) -> Iterable[checks.CheckMessage]:
    """Yield an error for each foreign key to a customer without a merge policy, each unknown policy, and each `part_of`
    that names no foreign key.
    """
    for field, way in pointing():
        if way is None:
            yield _error(
                field.model,
                f"{field.name} points at a customer and does not say how it goes along with a merge.",
                f'Give the model on_merge = {{"{field.name}": "moved"}}; ways are {", ".join(MERGE_ACTIONS)}.',
                "customers.E001",
            )
    for model in apps.get_models(include_auto_created=True):
        yield from _stated(model)


def _stated(model: Model) -> Iterator[checks.CheckMessage]:
    keys = {column.name: column.related_model for column in model._meta.concrete_fields if column.is_relation}
    for name, way in getattr(model, "on_merge", {}).items():
        if keys.get(name) is not Customer:
            yield _error(model, f"on_merge names {name!r}, which is no key to a customer.", "", "customers.E002")
        if way not in MERGE_ACTIONS:
            hint = f"Ways are {', '.join(MERGE_ACTIONS)}."
            yield _error(model, f"on_merge names {way!r}, which is no way of going along.", hint, "customers.E003")
    whole = getattr(model, "part_of", None)
    if whole is not None and whole not in keys:
        yield _error(model, f"part_of names {whole!r}, which is none of its foreign keys.", "", "customers.E004")


def _error(model: Model, message: str, hint: str, code: str) -> checks.Error:
    return checks.Error(f"{model._meta.label}: {message}", hint=hint or None, obj=model, id=code)
