"""The addresses of the desk, included from the folder of each page.

Accounts are created by `habitue user`, so allauth's sign-up pages are closed.
"""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from django.views.i18n import set_language

PAGES = (
    "customer_list",
    "customer",
    "orders",
    "duplicates",
    "segments",
    "events",
    "settings",
    "base",
    "search",
    "imports",
    "freshness",
)


@login_not_required
def closed(request: HttpRequest, _page: str) -> HttpResponse:
    raise Http404


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="customers")),
    *(path("", include(f"habitue.desk.{page}.urls")) for page in PAGES),
    re_path(r"^account/(?!(login|logout|inactive|password/change)/)", closed),
    path("account/", include("allauth.account.urls")),
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
]

handler403 = "habitue.desk.shell.errors.forbidden"
