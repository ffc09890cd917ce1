"""Every address of the desk. Accounts are made by `habitue user`, so allauth's pages for strangers are closed."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from habitue.desk import base, customers, search, undoing, window


@login_not_required
def closed(request: HttpRequest, _page: str) -> HttpResponse:
    raise Http404


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="customers")),
    path("customers/", customers.customers, name="customers"),
    path("customers/<int:pk>/", window.window, name="customer"),
    path("customers/<int:pk>/orders/<int:order>/", window.order, name="order"),
    path("events/<int:pk>/undoing/", undoing.undoing, name="undoing"),
    path("base/", base.base, name="base"),
    path("search/", search.search, name="search"),
    re_path(r"^account/(?!(login|logout|inactive|password/change)/)", closed),
    path("account/", include("allauth.account.urls")),
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
]

handler403 = "habitue.desk.errors.forbidden"
