"""Access to pages by the rights of `team.rights`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from django_htmx.middleware import HtmxDetails

from habitue.team import rights
from habitue.team.models import User

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class DeskRequest(HttpRequest):
    """A request of a signed-in user, as the middleware passes it on; `htmx` tells whether htmx sent it."""

    htmx: HtmxDetails
    user: User


def requires(right: str) -> Callable[[View], View]:
    """Decorator of views: users without this right get a page (403) that says whom to ask.

    Which rows they may see is decided where each query starts, by `visible_to`.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not rights.may(cast(User, request.user), right):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return cast(View, guarded)

    return guard


may_see = requires(rights.SEE_CUSTOMERS)
may_change = requires(rights.CHANGE_CUSTOMERS)
may_import = requires(rights.IMPORT)
may_export = requires(rights.EXPORT)
may_manage = requires(rights.MANAGE_SETTINGS)


def may_look(view: View) -> View:
    """Decorator of views that only show customers' data; see `requires`."""
    return require_safe(may_see(view))
