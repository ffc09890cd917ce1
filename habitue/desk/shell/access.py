from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    from habitue.team.models import User

View = TypeVar("View", bound=Callable[..., HttpResponse])


class DeskRequest(HttpRequest):
    """A request as the middleware hands it on: of somebody signed in, perhaps for a fragment."""

    htmx: HtmxDetails
    user: User


def may_look(view: View) -> View:
    """For pages that only show: whoever may not look at customers gets one that says whom to ask (403).

    What exactly they may see is decided where each query starts, by `visible_to`.
    """
    return require_safe(permission_required("customers.view_customer", raise_exception=True)(view))


def may_change(view: View) -> View:
    """For whatever changes customers, by any method; see `may_look`."""
    return permission_required("customers.change_customer", raise_exception=True)(view)


def may_manage(view: View) -> View:
    """For the settings that everybody works with."""
    return permission_required("customers.change_customfield", raise_exception=True)(view)
