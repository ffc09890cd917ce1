from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control

from habitue.kernel.errors import HabitueError
from habitue.reading.errors import InvalidQuery
from habitue.team.models import User


class PrivatePages:
    """Middleware that keeps browsers from caching pages of signed-in users, on shared computers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            patch_cache_control(response, private=True, no_store=True)
        return response


class HabitueErrorMiddleware:
    """Middleware that turns a HabitueError into a page with its message and status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, HabitueError):
            return None
        if isinstance(error, InvalidQuery):
            raise Http404 from error
        return render(request, "shell/error.html", {"message": error.message}, status=error.status)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    administrators = User.objects.filter(is_superuser=True, is_active=True).order_by("username")
    names = [user.get_full_name() or user.username for user in administrators[:5]]
    return render(request, "shell/templates/403.html", {"administrators": names}, status=403)
