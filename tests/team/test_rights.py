"""What an account may do follows from its group; groups of before get what they need."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory

from habitue.desk.shell.access import may_change, may_manage
from habitue.team.models import DESK, MANAGERS, READERS, User
from tests import factories

pytestmark = pytest.mark.django_db
LOOK, CHANGE, MANAGE = "customers.view_customer", "customers.change_customer", "customers.change_customfield"


def rights(user: User) -> list[bool]:
    fresh = User.objects.get(pk=user.pk)
    return [fresh.has_perm(right) for right in (LOOK, CHANGE, MANAGE)]


@pytest.mark.parametrize(
    ("role", "expected"),
    [(READERS, [True, False, False]), (DESK, [True, True, False]), (MANAGERS, [True, True, True])],
)
def test_each_role_may_do_its_part(role: str, expected: list[bool]):
    assert rights(factories.user("ines", role=role)) == expected


def test_a_new_role_takes_the_place_of_the_former_one():
    ines = factories.user("ines", role=MANAGERS)
    ines.let_into_the_desk(READERS)
    assert rights(ines) == [True, False, False]


@pytest.mark.parametrize(
    ("guard", "allowed"), [(may_change, {"bo": True, "di": False, "mo": True}), (may_manage, {"bo": False, "mo": True})]
)
def test_the_guards_of_views_follow_the_rights(guard, allowed):
    for name, may in allowed.items():
        request = RequestFactory().post("/")
        request.user = getattr(factories, name)()
        view = guard(lambda request: HttpResponse("done"))
        if may:
            assert view(request).content == b"done"
        else:
            with pytest.raises(PermissionDenied):
                view(request)
