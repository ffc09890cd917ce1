"""A flow diagram of a month: the stages before and after it as nodes, transitions as ribbons between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from habitue.portraits.models import NEARNESS, Stage
from habitue.reading.base.rows import Transition

HEIGHT = 250.0  # pixels for all customers together, before gaps
GAP = 15.0  # so that the name of a small stage does not run into the next
LEAST = 2.0
ARRIVAL = ""  # before their first purchase
ORDER = [ARRIVAL, *(code for code in Stage.values if code != Stage.PROSPECT)]


@dataclass
class Node:
    code: str
    count: int
    y: float = 0.0
    height: float = 0.0
    used: float = 0.0  # from the top, by the ribbons laid so far

    @property
    def top(self) -> str:
        return f"{self.y:.1f}"

    @property
    def tall(self) -> str:
        return f"{self.height:.1f}"

    @property
    def middle(self) -> str:
        return f"{self.y + self.height / 2:.1f}"


@dataclass(frozen=True)
class Ribbon:
    was: str
    now: str
    count: int
    kind: str
    path: str


@dataclass(frozen=True)
class Flows:
    before: list[Node]
    after: list[Node]
    ribbons: list[Ribbon]
    height: str


def flows(after: Mapping[str, int], moved: Sequence[Transition]) -> Flows:
    """The flow diagram of a month, from the customers of each stage after it and the transitions in it."""
    places = {code: place for place, code in enumerate(ORDER)}
    ways = sorted([*moved, *_stayed(after, moved)], key=lambda way: (places[way.was], places[way.now]))
    total = sum(way.customers for way in ways)
    scale = HEIGHT / total if total else 0.0
    left = _stacked([(code, sum(count for was, _now, count in ways if was == code)) for code in ORDER], scale)
    right = _stacked([(code, sum(count for _was, now, count in ways if now == code)) for code in ORDER], scale)
    ribbons = [_ribbon(way, left[way.was], right[way.now], scale) for way in ways]
    bottom = max((node.y + node.height for node in [*left.values(), *right.values()]), default=0.0)
    return Flows(list(left.values()), list(right.values()), ribbons, f"{bottom + 6:.0f}")


def _stayed(after: Mapping[str, int], moved: Sequence[Transition]) -> list[Transition]:
    """For each stage a transition to itself: the customers who were in it before and after."""
    came = {code: sum(way.customers for way in moved if way.now == code) for code in after}
    stayed = [Transition(code, code, count - came[code]) for code, count in after.items() if code in ORDER]
    return [way for way in stayed if way.customers > 0]


def _stacked(counts: list[tuple[str, int]], scale: float) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    y = 6.0
    for code, count in counts:
        if count:
            nodes[code] = Node(code, count, y, max(count * scale, LEAST))
            y += nodes[code].height + GAP
    return nodes


def _ribbon(way: Transition, left: Node, right: Node, scale: float) -> Ribbon:
    """The SVG path of a band as high as its customers, in a frame 100 wide that is stretched to the page."""
    was, now, count = way
    height = count * scale
    top, to = left.y + left.used, right.y + right.used
    left.used += height
    right.used += height
    path = (
        f"M0 {top:.1f}C50 {top:.1f} 50 {to:.1f} 100 {to:.1f}"
        f"V{to + height:.1f}C50 {to + height:.1f} 50 {top + height:.1f} 0 {top + height:.1f}Z"
    )
    up = NEARNESS.index(now) - NEARNESS.index(was)
    return Ribbon(was, now, count, "up" if up > 0 else "down" if up < 0 else "stays", path)
