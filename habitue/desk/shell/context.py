from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from habitue.imports.models import Import
from habitue.portraits.freshness import freshness


def desk(request: HttpRequest) -> dict[str, Any]:
    """Template context of every page. What queries does so only where a template uses it."""
    return {"sources": _sources, "languages": settings.LANGUAGES, "freshness": SimpleLazyObject(freshness)}


def _sources() -> list[dict[str, str]]:
    """The sources of the imported data, each once, for the note that says where names are invented."""
    known = Import.objects.exclude(source={}).order_by("id").values_list("source", flat=True)
    # Of one title the source that says so comes last and wins.
    in_order = sorted(known, key=lambda source: source.get("names") == "invented")
    return list({source["title"]: source for source in in_order if source.get("title")}.values())
