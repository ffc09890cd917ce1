"""What an account may do follows from its group; groups of before get what they need."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory

import habitue
from habitue.desk.shell.access import may_change, may_manage
from habitue.team.models import User
from habitue.team.rights import DESK, MANAGERS, READERS, RIGHTS, ROLES, may, rights_of
from tests import factories

pytestmark = pytest.mark.django_db
LOOK, CHANGE, MANAGE = "team.see_customers", "team.change_customers", "team.manage_settings"


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
    for name, allows in allowed.items():
        request = RequestFactory().post("/")
        request.user = getattr(factories, name)()
        view = guard(lambda request: HttpResponse("done"))
        if allows:
            assert view(request).content == b"done"
        else:
            with pytest.raises(PermissionDenied):
                view(request)


def test_every_right_is_a_permission_of_its_own_that_its_roles_have():
    for role in ROLES:
        somebody = User.objects.get(pk=factories.user(f"one of {role}", role=role).pk)
        assert {name for name in RIGHTS if may(somebody, name)} == set(rights_of(role))
    cy = factories.cy()
    assert not any(may(cy, name) for name in RIGHTS)


def test_a_right_that_is_not_in_the_table_cannot_be_asked_for():
    with pytest.raises(KeyError):
        may(factories.bo(), "view_customer")


def test_nobody_asks_for_the_permission_of_a_model():
    """Rights have names of the business; the one place that asks Django is the table."""
    asks = re.compile(r"has_perm\(|permission_required|perms\.(?!team\.)")
    files = [*Path(habitue.__file__).parent.rglob("*.py"), *Path(habitue.__file__).parent.rglob("*.html")]
    assert [path.name for path in files if asks.search(path.read_text("utf-8"))] == ["rights.py"]
