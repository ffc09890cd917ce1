"""How columns hang together, each with the number of rows or orders that it was tested on."""

from __future__ import annotations

import pytest

from habitue.imports.evidence.collecting import collect
from habitue.imports.files.reading import BATCH_ROWS

ORDERS = (
    "no,who,day,what,q,p,t,whole",
    "A1,K1,2024-03-01,S,2,15.00,30.00,50.00",
    "A1,K1,2024-03-01,T,1,20.00,20.00,50.00",
    "A2,K2,2024-03-02,S,3,15.00,45.00,45.00",
    "A3,K1,2024-03-05,T,2,20.00,40.00,70.00",
    "A3,K1,2024-03-05,S,2,15.00,30.00,70.00",
)


def headings(evidence, columns) -> list[str]:
    return [evidence.columns[at].heading for at in columns]


def test_the_column_that_groups_rows_into_orders_is_found(evidence_of):
    evidence = evidence_of(*ORDERS)
    order = evidence.order
    assert evidence.columns[order.at].heading == "no"
    assert (order.groups, order.multi, order.neighbours) == (3, 2, True)
    levels = {column.heading: order.level(column.at) for column in evidence.columns}
    assert levels == {
        "no": "order",
        "who": "order",
        "day": "order",
        "what": "line",
        "q": "line",
        "p": "line",
        "t": "line",
        "whole": "order",
    }


def test_a_value_on_the_first_line_only_belongs_to_the_order(evidence_of):
    evidence = evidence_of(
        "no,day,what,whole", "A1,2024-03-01,S,50.00", "A1,2024-03-01,T,", "A2,2024-03-02,S,20.00", "A2,2024-03-02,T,"
    )
    assert evidence.order.level(3) == "first_line"


def test_empty_cells_that_repeat_the_one_above_are_seen(evidence_of):
    evidence = evidence_of(
        "no;who;day;what;t", "C1;K1;13/03/2024;S;10,00", ";;;T;20,00", ";;;U;5,00", "C2;K2;14/03/2024;S;30,00"
    )
    assert headings(evidence, evidence.filled_down) == ["no", "who", "day"]
    assert (evidence.order.groups, evidence.order.multi) == (2, 1)


@pytest.mark.parametrize(
    ("name", "columns", "tested", "agree"),
    [
        ("product", ["q", "p", "t"], 4, 4),
        ("lines_make_total", ["t", "whole"], 2, 2),
        ("products_make_total", ["q", "p", "whole"], 2, 2),
    ],
)
def test_relations_say_on_how_many_they_were_tested(evidence_of, name, columns, tested, agree):
    evidence = evidence_of(*ORDERS)
    result = {tuple(headings(evidence, of.columns)): of for of in evidence.related(name)}
    relation = result[tuple(columns)]
    assert (relation.tested, relation.agree) == (tested, agree)


def test_a_relation_on_quantities_of_one_proves_nothing(evidence_of):
    evidence = evidence_of("q,p,t", "1,15.00,15.00", "1,20.00,20.00", "2,15.00,30.00", "1,7.00,7.00")
    (relation,) = [of for of in evidence.related("product") if headings(evidence, of.columns) == ["q", "p", "t"]]
    assert (relation.tested, relation.weak) == (1, True)


@pytest.mark.parametrize(
    ("rows", "name", "columns"),
    [
        (
            ("2,10.00,1.00,19.00", "3,5.00,0.50,14.50", "1,7.00,0.00,7.00", "2,9.50,2.00,17.00"),
            "product_less_discount",
            "qpdt",
        ),
        (("2,10.00,0.1,18.00", "3,5.00,0.2,12.00", "1,7.00,0,7.00", "2,9.50,0.5,9.50"), "product_less_rate", "qpdt"),
        (("7,10.00,2.00,12.00", "7,5.00,1.00,6.00", "8,7.00,1.40,8.40"), "sum", "pdt"),
        (("7,10.00,20,12.00", "7,5.00,20,6.00", "8,7.00,5.5,7.39"), "with_rate", "pdt"),
    ],
)
def test_discounts_and_tax_are_found_by_their_sums(evidence_of, rows, name, columns):
    evidence = evidence_of("q,p,d,t", *rows)
    result = [headings(evidence, of.columns) for of in evidence.related(name)]
    assert sorted(columns) in [sorted(each) for each in result] if name == "sum" else list(columns) in result


def test_one_row_in_ten_that_differs_is_borne_and_said(evidence_of):
    rows = [f"{q},10.00,{q * 10}.00" for q in range(2, 21)]
    evidence = evidence_of("q,p,t", *rows, "5,10.00,51.00")
    (relation,) = [of for of in evidence.related("product") if headings(evidence, of.columns) == ["q", "p", "t"]]
    assert (relation.tested, relation.agree) == (20, 19)


def test_of_a_long_file_a_sample_of_neighbouring_rows_is_looked_at_the_same_each_time(file):
    """Its last part, of 6,667 rows, is one row longer than what is looked at of each part."""
    count = 5 * BATCH_ROWS + 6_667
    rows = [f"A{at // 3:06d},2024-{1 + at // 12_000:02d}-05,S{at % 97},{at % 7 + 1},2.50" for at in range(count)]
    read = file("no,day,what,q,p", *rows)
    first, second = collect(read), collect(read)
    assert (first.rows, first.sampled) == (count, True)
    assert first.looked_at < 50_000
    assert (first.table.lines == second.table.lines).all()
    assert first.columns[first.order.at].heading == "no"
    assert first.order.multi > 0.98 * first.order.groups, "orders are whole"
