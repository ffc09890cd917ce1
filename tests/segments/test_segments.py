"""Rules of segments: what they find is what a person would find with pencil and paper, and they read as a sentence."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from habitue.customers.models import ContactPoint, Customer, CustomField, CustomValue, Relation, Tag, Tagging
from habitue.kernel.errors import HabitueError
from habitue.portraits.models import Stage
from habitue.segments import conditions, operators, rules
from habitue.segments.models import Segment
from tests import factories
from tests.factories import AS_OF
from tests.sampling import sampled

pytestmark = pytest.mark.django_db


def names_of(asked: Any) -> list[str]:
    names = rules.members(asked, Customer.objects.unmerged()).values_list("name", flat=True)
    return sorted(names)


def one(what: str, how: str, **values: Any) -> dict[str, Any]:
    return {"match": "all", "of": [{"what": what, "how": how, **values}]}


def sentence(*of: dict[str, Any], match: str = "all") -> str:
    return rules.sentence(rules.parse({"match": match, "of": list(of)}))


def point(of: Customer, kind: str, value: str, **fields: Any) -> ContactPoint:
    return ContactPoint.objects.create(customer=of, kind=kind, typed=value, value=value, **fields)


@pytest.fixture
def people() -> dict[str, Customer]:
    """Ada bought bread three times and cheese once, Bea is lost, Cleo works for Dune, who is an organisation."""
    factories.refresh(base={})
    ada, bea = factories.ada(), factories.customer("Béa Évrard", "B-1")
    factories.portrait(bea, stage=Stage.LOST, value=100, last_day=date(2017, 5, 1), purchases=2)
    cleo, dune = factories.customer("Cléo", "C-1"), factories.customer("Dune", "D-1", kind="organisation")
    Relation.objects.create(of=cleo, kind="employer", to=dune)
    Relation.objects.create(of=cleo, kind="household", to=bea)
    point(ada, "address", "lyon", city="Lyon", postcode="69001")
    point(bea, "address", "evian", city="ÉVIAN", postcode="74500")
    point(bea, "email", "bea@example.org", until=date(2020, 1, 1))
    point(cleo, "email", "cleo@example.org")
    Tagging.objects.create(tag=Tag.objects.create(name="Press", key="press"), customer=cleo)
    return {"ada": ada, "bea": bea, "cleo": cleo, "dune": dune}


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        (one("name", "contains", value="évr"), ["Béa Évrard"]),
        (one("name", "begins", value="ADA"), ["Ada Bérenger"]),
        (one("reference", "is", value="C-1"), ["Cléo"]),
        (one("kind", "is", value=["organisation"]), ["Dune"]),
        (one("internal", "no"), ["Ada Bérenger", "Béa Évrard", "Cléo", "Dune"]),
        (one("city", "is", value="évian"), ["Béa Évrard"]),
        (one("city", "known"), ["Ada Bérenger", "Béa Évrard"]),
        (one("postcode", "begins", value="69"), ["Ada Bérenger"]),
        (one("has_email", "yes"), ["Cléo"]),
        (one("has_email", "no"), ["Ada Bérenger", "Béa Évrard", "Dune"]),
        (one("created", "within", value=1), ["Ada Bérenger", "Béa Évrard", "Cléo", "Dune"]),
        (one("created", "before_days", value=1), []),
        (one("stage", "is", value=["lost", "new"]), ["Béa Évrard"]),
        (one("standing", "is", value=["former"]), ["Béa Évrard"]),
        (one("stage_since", "within", value=40), ["Ada Bérenger"]),
        (one("stage_since", "within", value=30), []),
        (one("value", "at_most", value="1.00"), ["Béa Évrard"]),
        (one("value", "unknown"), ["Cléo", "Dune"]),
        (one("purchases", "is", value=3), ["Ada Bérenger"]),
        (one("last_day", "within", value=60), ["Ada Bérenger"]),
        (one("last_day", "before_days", value=200), ["Béa Évrard"]),
        (one("first_day", "from", value="2017-10-02"), ["Ada Bérenger"]),
        (one("bought_family", "times", item="bakery", times=2), ["Ada Bérenger"]),
        (one("bought_family", "times", item="bakery", times=3), []),
        (one("bought_product", "times", item="cheese", times=1, days=31), ["Ada Bérenger"]),
        (one("bought_product", "times", item="cheese", times=1, days=30), []),
        (one("bought_product", "never", item="cheese"), ["Béa Évrard", "Cléo", "Dune"]),
        (one("bought_product", "amount", item="bread", amount="6,40"), ["Ada Bérenger"]),
        (one("bought_product", "amount", item="bread", amount="6,41"), []),
        (one("bought_at", "times", item="Lyon", times=3), ["Ada Bérenger"]),
        (one("bought", "amount", amount="16.60"), ["Ada Bérenger"]),
        (one("related", "any", kind="employer"), ["Cléo"]),
        (one("related", "any", kind="employer.to"), ["Dune"]),
        (one("related", "any", kind="household"), ["Béa Évrard", "Cléo"]),
        (one("related", "to", kind="employer", customer="D-1"), ["Cléo"]),
        (one("related_stage", "is", kind="household", stage=["lost"]), ["Cléo"]),
        (one("related_stage", "is", kind="household", stage=["new"]), []),
    ],
)
def test_each_condition_finds_those_whom_it_speaks_of(people, asked, names):
    assert names_of(asked) == names


def test_a_tag_a_field_and_another_segment_are_conditions_too(people):
    size = CustomField.objects.create(code="size", label="Shoe size", type="number")
    CustomValue.objects.create(field=size, customer=people["ada"], number="41.5")
    vip = CustomField.objects.create(code="vip", label="VIP", type="flag")
    CustomValue.objects.create(field=vip, customer=people["bea"], number=1)
    tag = Tag.objects.get()
    tagged = Segment.objects.create(name="Journalists", rules=one("tag", "has", value=str(tag.pk)))
    assert names_of(tagged.rules) == ["Cléo"]
    assert names_of(one("tag", "lacks", value=tag.pk)) == ["Ada Bérenger", "Béa Évrard", "Dune"]
    assert names_of(one("segment", "in", value=tagged.pk)) == ["Cléo"]
    assert names_of(one("segment", "out", value=tagged.pk)) == ["Ada Bérenger", "Béa Évrard", "Dune"]
    assert names_of(one("related", "member", kind="employer.to", segment=tagged.pk)) == ["Dune"]
    assert names_of(one("field.size", "at_least", value="41,5")) == ["Ada Bérenger"]
    assert names_of(one("field.size", "unknown")) == ["Béa Évrard", "Cléo", "Dune"]
    assert names_of(one("field.vip", "yes")) == ["Béa Évrard"]


def test_fields_of_each_type_can_be_asked_for(people):
    of_type = {"text": ("text", "Été"), "day": ("day", date(2020, 2, 1)), "choice": ("text", "red")}
    for type_, (column, value) in of_type.items():
        field = CustomField.objects.create(code=type_, label=type_, type=type_, choices=["red", "blue"])
        CustomValue.objects.create(field=field, customer=people["ada"], **{column: value})
    friend = CustomField.objects.create(code="friend", label="Friend", type="customer")
    CustomValue.objects.create(field=friend, customer=people["ada"], other=people["bea"])
    for asked in (
        one("field.text", "is", value="été"),
        one("field.text", "contains", value="TÉ"),
        one("field.day", "until", value="2020-02-01"),
        one("field.choice", "is", value=["red"]),
        one("field.friend", "is", value="B-1"),
        one("field.friend", "known"),
    ):
        assert names_of(asked) == ["Ada Bérenger"], asked
    assert names_of(one("field.choice", "is", value=["blue"])) == []


def test_an_order_that_was_refunded_in_full_counts_as_none(people):
    bought = factories.order(people["cleo"], AS_OF - timedelta(days=3), [("Wine", "Cellar", 1, 900)])
    assert names_of(one("bought_product", "times", item="Wine", times=1)) == ["Cléo"]
    factories.order(people["cleo"], AS_OF, [("Wine", "Cellar", 1, -900)], refund_of=bought)
    assert names_of(one("bought_product", "times", item="Wine", times=1)) == []
    assert names_of(one("bought_product", "amount", item="Wine", amount="0.01")) == []


def test_who_was_merged_is_no_member(people):
    Customer.objects.filter(pk=people["cleo"].pk).update(merged_into=people["ada"])
    assert names_of({}) == ["Ada Bérenger", "Béa Évrard", "Dune"]


def test_rules_read_as_one_sentence(people):
    pasta = {"what": "bought_family", "how": "times", "item": "PASTA", "times": 2, "days": 90}
    quiet = {"match": "none", "of": [{"what": "stage", "how": "is", "value": ["at_risk", "lost"]}]}
    assert sentence(pasta, quiet) == (
        "Customers who bought Pasta at least twice in the last 90 days and who are neither at risk nor lost"
    )
    lyon = {"what": "city", "how": "is", "value": "Lyon"}
    rich = {"what": "value", "how": "at_least", "value": "100"}
    assert sentence(pasta, {"match": "any", "of": [lyon, rich]}) == (
        "Customers who bought Pasta at least twice in the last 90 days and "
        "(whose city is “Lyon” or whose value to date is at least €100.00)"
    )
    assert sentence({"match": "none", "of": [lyon, rich]}, match="any") == (
        "Customers whose city is not “Lyon” and whose value to date is not at least €100.00"
    )
    alone = {"match": "any", "of": [{"match": "all", "of": [{"match": "any", "of": [lyon, rich]}]}]}
    assert sentence(alone, {"what": "name", "how": "known"}) == (
        "Customers (whose city is “Lyon” or whose value to date is at least €100.00) and whose name is known"
    )
    once = {"what": "bought", "how": "times", "times": 1, "days": 1}
    assert sentence(once, match="none") == "Customers who did not buy something at least once in the last day"
    assert sentence() == sentence({"match": "any", "of": []}) == "All customers"


def test_rules_read_as_one_sentence_in_french_too(people):
    pasta = {"what": "bought_family", "how": "times", "item": "PASTA", "times": 2, "days": 90}
    quiet = {"match": "none", "of": [{"what": "stage", "how": "is", "value": ["at_risk"]}]}
    late = {"what": "last_day", "how": "before_days", "value": 1}
    firm = {"what": "city", "how": "is", "value": "Lyon"}
    with translation.override("fr"):
        assert sentence(pasta, quiet) == (
            "Clients qui ont acheté Pasta au moins deux fois ces 90 derniers jours et qui ne sont pas à risque"
        )
        assert sentence({"what": "stage", "how": "is", "value": ["lost", "new", "at_risk"]}, match="none") == (
            "Clients qui ne sont ni nouveaux ni à risque ni perdus"
        )
        assert sentence(late, firm, match="any") == (
            "Clients dont le dernier achat remonte à un jour au moins ou dont la ville est «\u00a0Lyon\u00a0»"
        )


def test_a_text_with_a_percent_sign_or_markup_stays_as_it_is(people):
    odd = {"what": "city", "how": "is", "value": "100 %(noun)s <b>"}
    assert sentence(odd) == "Customers whose city is “100 %(noun)s <b>”"
    assert names_of({"of": [odd]}) == []


@pytest.mark.parametrize("typed", ["31/03/2017", "31.03.2017", "2017-03-31", "31 March 2017", "31 mars 2017"])
def test_a_day_is_typed_as_everywhere_and_kept_in_one_writing(db, typed):
    parsed = rules.parse({"of": [{"what": "last_day", "how": "from", "value": typed}]})
    assert parsed.kept()["of"][0]["value"] == "2017-03-31"


@pytest.mark.parametrize(
    ("asked", "where", "why"),
    [
        ({"of": "all"}, "", "no group"),
        ({"match": "some", "of": []}, "", "no group"),
        ({"of": [{"match": "any", "of": [{}]}]}, "1.1", "Choose what"),
        ({"of": [{"what": "shoe", "how": "is"}]}, "1", "“shoe” any more"),
        ({"of": [{"what": "name", "how": "smells", "value": "x"}]}, "1", "choose how"),
        ({"of": [{"what": "name", "how": "is"}]}, "1", "Give the text"),
        ({"of": [{"what": "name", "how": "known"}, {"what": "value", "how": "is", "value": "lots"}]}, "2", "“lots”"),
        ({"of": [{"what": "value", "how": "is", "value": "NaN"}]}, "1", "no number"),
        ({"of": [{"what": "value", "how": "is", "value": "1e99"}]}, "1", "no number"),
        ({"of": [{"what": "last_day", "how": "within", "value": "0"}]}, "1", "whole number"),
        ({"of": [{"what": "last_day", "how": "from", "value": "31/02/2017"}]}, "1", "no date"),
        ({"of": [{"what": "stage", "how": "is", "value": ["friend"]}]}, "1", "“friend”"),
        ({"of": [{"what": "related", "how": "to", "kind": "employer", "customer": "?"}]}, "1", "“?”"),
        ({"of": [{"what": "segment", "how": "in", "value": "12"}]}, "1", "was removed"),
        ({"of": [{"what": "name", "how": "known"}] * 201}, "201", "more than 200"),
    ],
)
def test_rules_that_cannot_be_asked_say_where_and_why(people, asked, where, why):
    with pytest.raises(HabitueError) as error:
        rules.parse(asked)
    assert why in error.value.message
    assert error.value.message.startswith(f"Condition {where}: " if where else "This is")


def test_groups_lie_in_groups_only_so_deep(people):
    deep: dict[str, Any] = {"of": []}
    for _turn in range(rules.DEEPEST):
        deep = {"of": [deep]}
    rules.parse(deep)
    with pytest.raises(HabitueError, match="at most 6 deep"):
        rules.parse({"of": [deep]})


def test_a_segment_that_rests_on_itself_is_refused(people):
    first = Segment.objects.create(name="First", rules={})
    second = Segment.objects.create(name="Second", rules=one("segment", "in", value=first.pk))
    with pytest.raises(HabitueError, match="circle"):
        rules.parse(one("segment", "out", value=second.pk), seen=(first.pk,))
    Segment.objects.filter(pk=first.pk).update(rules=one("segment", "in", value=second.pk))
    with pytest.raises(HabitueError, match="circle"):
        names_of(one("segment", "in", value=first.pk))


def test_what_is_kept_says_the_same_when_it_is_read_again(people):
    asked = {
        "match": "any",
        "of": [
            {"what": "value", "how": "at_least", "value": "1 234,5"},
            {"what": "last_day", "how": "from", "value": "2017-03-31"},
            {"match": "none", "of": [{"what": "related", "how": "to", "kind": "parent", "customer": " D-1 "}]},
        ],
    }
    kept = rules.parse(asked).kept()
    assert kept["of"][0]["value"] == "1234.50"
    assert rules.parse(kept).kept() == kept
    assert rules.sentence(rules.parse(kept)) == rules.sentence(rules.parse(asked))


def test_a_room_adds_a_condition_with_one_declaration(people):
    condition = conditions.Condition(
        "short",
        "Short name",
        operators.PROFILE,
        operators.flag_operators(lambda lookup, value, scope: operators.Q(name__in=["Cléo", "Dune"]), "a", "b"),
    )
    conditions.declare(condition)
    try:
        assert names_of(one("short", "yes")) == ["Cléo", "Dune"]
        assert sentence({"what": "short", "how": "no"}) == "Customers b"
    finally:
        conditions._declared.pop("short")
    with pytest.raises(HabitueError, match="any more"):
        names_of(one("short", "yes"))


# The same rules asked of the database and of a few people by hand, whatever nests in whatever.
CAST = ("ada", "bea", "cleo", "dune")
BY_HAND: list[tuple[dict[str, Any], set[str]]] = [
    ({"what": "name", "how": "contains", "value": "e"}, {"ada", "bea", "cleo", "dune"}),
    ({"what": "name", "how": "begins", "value": "d"}, {"dune"}),
    ({"what": "city", "how": "is", "value": "lyon"}, {"ada"}),
    ({"what": "city", "how": "known"}, {"ada", "bea"}),
    ({"what": "has_email", "how": "yes"}, {"cleo"}),
    ({"what": "value", "how": "at_least", "value": "2"}, {"ada"}),
    ({"what": "value", "how": "unknown"}, {"cleo", "dune"}),
    ({"what": "born", "how": "until", "value": "2000-01-01"}, set()),
    ({"what": "stage", "how": "is", "value": ["lost", "settling"]}, {"ada", "bea"}),
    ({"what": "last_day", "how": "before_days", "value": 100}, {"bea"}),
    ({"what": "bought_family", "how": "times", "item": "dairy", "times": 2}, {"ada"}),
    ({"what": "bought_product", "how": "never", "item": "milk"}, {"bea", "cleo", "dune"}),
    ({"what": "related", "how": "any", "kind": "household"}, {"bea", "cleo"}),
]
nested = st.recursive(
    st.sampled_from(range(len(BY_HAND))),
    lambda inner: st.tuples(st.sampled_from(rules.MATCHES), st.lists(inner, max_size=3)),
    max_leaves=8,
)


def as_rules(drawn: Any) -> dict[str, Any]:
    if isinstance(drawn, int):
        return BY_HAND[drawn][0]
    return {"match": drawn[0], "of": [as_rules(one) for one in drawn[1]]}


def holds(drawn: Any, person: str) -> bool | None:
    """None: an empty group asks nothing."""
    if isinstance(drawn, int):
        return person in BY_HAND[drawn][1]
    answers = [answer for one in drawn[1] if (answer := holds(one, person)) is not None]
    if not answers:
        return None
    return {"all": all(answers), "any": any(answers), "none": not any(answers)}[drawn[0]]


@sampled(150)
@given(drawn=st.tuples(st.sampled_from(rules.MATCHES), st.lists(nested, max_size=4)))
def test_the_database_agrees_with_pencil_and_paper_however_rules_are_nested(people, drawn):
    parsed = rules.parse(as_rules(drawn))
    expected = sorted(people[person].pk for person in CAST if holds(drawn, person) is not False)
    assert sorted(rules.matching(parsed).values_list("pk", flat=True)) == expected
    scope = conditions.Scope(only=[people["ada"].pk, people["cleo"].pk])
    among = [pk for pk in expected if pk in scope.only]
    assert sorted(rules.matching(parsed, scope).values_list("pk", flat=True)) == among
    with translation.override("fr"):
        assert rules.sentence(parsed)
