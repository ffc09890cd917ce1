from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation

from habitue.desk.shell import drawing
from tests.factories import AS_OF


def percent(text: str) -> float:
    return float(text.removesuffix("%"))


@pytest.mark.parametrize("late", [3, 40, 400, 4000])
def test_the_picture_of_the_rhythm_stays_within_its_frame(late: int):
    days = [(AS_OF - timedelta(days=gap), 100 * gap) for gap in range(364, -1, -7)]
    predicted = (AS_OF + timedelta(days=1), AS_OF + timedelta(days=late // 2), AS_OF + timedelta(days=late))
    picture = drawing.rhythm(days, AS_OF, predicted)
    places = [percent(bar.x) for bar in picture.bars]
    assert places == sorted(places)
    assert min(places) >= 0
    assert max(places) <= percent(picture.today) < 100
    assert max(float(bar.height) for bar in picture.bars) == drawing.BAR_HEIGHT
    assert all(float(bar.y) + float(bar.height) == pytest.approx(drawing.BAR_BASE, abs=0.1) for bar in picture.bars)
    assert picture.band
    assert percent(picture.today) <= percent(picture.band.x)
    assert percent(picture.band.x) + percent(picture.band.width) <= 100.81


def test_nothing_bought_draws_no_bar():
    picture = drawing.rhythm([], AS_OF, None)
    assert picture.bars == []
    assert picture.band is None


def test_numbers_of_a_picture_have_a_point_in_every_language():
    with translation.override("fr"):
        assert drawing.scaled(1, 3) == "33.33%"
        assert drawing.curve([[0, 0], [0.5, 0.75], [1, 1]]) == "M0.00 100.00L50.00 25.00L100.00 0.00"


def test_a_scale_of_nothing_is_empty():
    assert drawing.scaled(5, 0) == "0.00%"
    assert drawing.scaled(-5, 10) == "0.00%"
    assert drawing.curve([]) == ""


def test_the_shade_of_a_cell_goes_from_the_least_to_the_most():
    assert [drawing.heat(share, 0.4, 0.9) for share in (0.4, 0.65, 0.9)] == [1, 5, 9]
    assert drawing.heat(0.5, 0.5, 0.5) == 5
