"""Docstrings are drawn by seed, from a tiny tree and from this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import docstrings

SHOP = '''"""Prices."""

class Price:
    """An amount in cents."""

    cents: int

    def doubled(self, times: int = 1) -> "Price":
        """The price, doubled."""
        return secret_code

    def silent(self): ...
'''


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in {"habitue/shop/prices.py": SHOP, "habitue/jobs.py": '"""Jobs."""', "bench/a.py": SHOP}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_name_signature_and_docstring_are_shown_but_no_code(tree):
    items = docstrings.documented(tree)
    assert [(item.room, item.name, item.signature) for item in items[1:4]] == [
        ("shop", "habitue.shop.prices", ""),
        ("shop", "habitue.shop.prices.Price", "class Price(): cents"),
        ("shop", "habitue.shop.prices.Price.doubled", "def doubled(self, times: int=1) -> 'Price'"),
    ]
    shown = "".join(map(str, items))
    assert "The price, doubled." in shown
    assert "secret_code" not in shown
    assert "silent" not in shown


def test_each_room_is_drawn_by_its_own_seed(tree):
    items = docstrings.documented(tree)
    assert {item.room for item in items} == {"shop", "jobs", "bench"}
    drawn = docstrings.drawn(items, seed=1, count=2)
    assert [item.room for item in drawn] == ["bench", "bench", "jobs", "shop", "shop"]
    assert drawn == docstrings.drawn(items, seed=1, count=2)
    assert drawn[3:] == docstrings.drawn([item for item in items if item.room == "shop"], seed=1, count=2)


def test_another_seed_draws_others(capsys):
    outputs = []
    for seed in ("1", "2"):
        docstrings.main(["--seed", seed, "--room", "customers", "--count", "3"])
        outputs.append(capsys.readouterr().out)
        assert outputs[-1].count("habitue.customers") >= 3
    assert outputs[0] != outputs[1]
    with pytest.raises(SystemExit):
        docstrings.main(["--seed", "1", "--room", "nowhere"])
