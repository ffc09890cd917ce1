"""The page of a file before it is imported: what is asked, what can be chosen, what will be true."""

from __future__ import annotations

import re

import pytest

from habitue.imports.models import Upload
from habitue.purchases.models import Order
from tests.desk.test_imports import imported, sent, text, work_off

pytestmark = pytest.mark.django_db(transaction=True)
HEADINGS = "Order number,Customer ID,Date,SKU,Quantity,Price,Amount,Status"
SALES = f"""{HEADINGS}
1,C1,2024-03-13,A,2,5.00,10.00,completed
2,00412,2024-03-14,B,1,7.00,7.00,completed
3,412,2024-03-15,B,1,7.00,7.00,odd
"""


def place(upload: Upload, what: str = "") -> str:
    return f"/imports/files/{upload.pk}/{what}"


def plain(page: str) -> str:
    """The words of a page, without tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def form_of(page: str) -> dict[str, str]:
    """What the mapping form of a page would send as it stands."""
    form = page[page.index('id="mapping"') :]
    form = form[: form.index("</form>")]
    sent = dict(re.findall(r'<input (?:type="hidden" |id="[^"]+" )?name="([^"]+)"[^>]*? value="([^"]*)"', form))
    sent |= dict.fromkeys(re.findall(r'<input type="checkbox" name="([^"]+)" checked', form), "on")
    for name, options in re.findall(r'<select id="[^"]+" name="([^"]+)">(.*?)</select>', form, re.DOTALL):
        marked = re.search(r'<option value="([^"]*)" selected', options)
        chosen = marked or re.search(r'<option value="([^"]*)"', options)
        if chosen:
            sent[name] = chosen[1]
    return sent


def change(desk, upload: Upload, **fields: str) -> Upload:
    form = form_of(text(desk, place(upload))) | {name.replace("__", "-"): value for name, value in fields.items()}
    desk.post(place(upload), {name: value for name, value in form.items() if value is not None})
    work_off()
    upload.refresh_from_db()
    return upload


def answer(desk, upload: Upload, **fields: str) -> Upload:
    desk.post(place(upload, "answer/"), {name.replace("__", "-"): value for name, value in fields.items()})
    work_off()
    upload.refresh_from_db()
    return upload


@pytest.fixture
def sales(desk) -> Upload:
    return sent(desk, SALES, "sales.csv")


def test_what_is_not_sure_is_asked_and_the_answer_changes_the_mapping(desk, sales):
    assert sales.dry_run["state"] == "done", "the likeliest answers hold meanwhile"
    page = plain(text(desk, place(sales)))
    assert "What do these statuses mean? “odd”" in page
    assert "are “00412” and “412” the same customer?" in page
    assert desk.post(place(sales, "import/")).status_code == 409
    sales = answer(desk, sales, answer="statuses:1")
    assert sales.mapping["statuses"]["odd"] == "not_a_sale"
    sales = answer(desk, sales, answer="same_code:1")
    assert "same_code" not in sales.mapping
    page = plain(text(desk, place(sales)))
    assert "question" not in page.replace("Ask me the questions again", "")
    assert "Import 2 orders, €17.00" in page
    imported(desk, sales)
    assert set(Order.objects.values_list("buyer__reference", flat=True)) == {"C1", "00412"}
    assert desk.post(place(sales, "answer/"), {"answer": "same_code:0"}).status_code == 404


def test_an_answer_that_is_not_asked_for_is_refused_and_questions_come_back(desk, sales):
    for wrong in ("same_code:7", "same_code:x", "kind:0", ""):
        assert desk.post(place(sales, "answer/"), {"answer": wrong}).status_code == 409
    sales = answer(desk, sales, answer="same_code:1")
    assert sales.about["answered"] == {"same_code": 1}
    sales = answer(desk, sales, again="1")
    assert sales.about["answered"] == {}
    assert sales.mapping["same_code"] == ["buyer"]


def test_a_change_by_hand_of_what_is_asked_answers_it(desk, sales):
    sales = change(desk, sales, status__1="not_yet")
    assert sales.about["answered"] == {"statuses": "by_hand"}
    assert sales.mapping["statuses"]["odd"] == "not_yet"
    sales = change(desk, sales, source__name="shop")
    assert sales.about["answered"] == {"statuses": "by_hand"}, "the other question stays"
    assert sales.mapping["source"] == {"name": "shop"}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"number_prefix": "B-"}, {"number_prefix": "B-"}),
        ({"nobody": "guest, 0"}, {"nobody": ["", "guest", "0"]}),
        ({"repeat_above-buyer": "on"}, {"repeat_above": ["buyer"]}),
        ({"whole_numbers-buyer": "on"}, {"whole_numbers": ["buyer"]}),
        ({"same_code-buyer": None}, {"same_code": None}),
        ({"thousands": ","}, {"thousands": ","}),
        ({"unit": "minor"}, {"unit": "minor"}),
        ({"time_zone": "UTC"}, {"time_zone": "UTC"}),
        ({"amounts-rounding": "refuse", "amounts-writing": "signs"},
         {"amounts": {"rounding": "refuse", "writing": "signs"}}),
        ({"amounts-tax": "with"}, {"amounts": {"tax": "with"}}),
        ({"amounts-rule": "quantity_x_unit_price", "fact-5": "unit_price", "fact-6": ""},
         {"amounts": {"rule": "quantity_x_unit_price"}}),
        ({"product-value": "bread"}, {"product": {"value": "bread"}}),
        ({"number-made": "row"}, {"number": {"made_of": "row"}}),
        ({"source-system": "till"}, {"source": {"name": "sales", "system": "till"}}),
        ({"filter-column-0": "SKU"}, {"filters": {"SKU": {"not": []}}}),
    ],
)  # fmt: skip
def test_each_rule_of_a_mapping_can_be_chosen(desk, sales, fields, said):
    changed = change(desk, sales, **fields)
    rules = changed.mapping | changed.mapping["columns"]
    assert {name: rules.get(name) for name in said} == said
    assert changed.dry_run["state"] == "done", changed.dry_run
    again = change(desk, changed)
    assert again.mapping == changed.mapping, "sent as it stands, the form changes nothing"


def test_rows_can_be_filtered_by_what_a_column_says(desk, sales):
    sales = change(desk, sales, **{"filter-column-0": "SKU"})
    assert "A · " in text(desk, place(sales)) or "B · A" in text(desk, place(sales)), "its cells are shown"
    sales = change(desk, sales, **{"filter-how-0": "", "filter-values-0": "A"})
    assert sales.mapping["filters"] == {"SKU": ["A"]}
    assert sales.dry_run["summary"]["sums"] == {"EUR": 1000}


def test_what_a_rule_lacks_is_said_without_a_word_of_toml(desk, sales):
    sales = change(desk, sales, **{"amounts-rule": "quantity_x_unit_price"})
    assert sales.dry_run["state"] == "refused"
    assert "take a column for “unit price”" in sales.dry_run["message"]
    for word in ("[columns]", "[amounts]", "TOML", "mapping", "unit_price"):
        assert word not in sales.dry_run["message"]


def test_the_next_file_of_a_kind_takes_two_clicks_and_says_what_is_new(desk, sales):
    sales = answer(desk, answer(desk, sales, answer="statuses:0"), answer="same_code:1")
    imported(desk, sales, keep="1", name="Shop")
    later = SALES.replace("A,2,5.00,10.00", "A,2,4.00,8.00") + "4,C1,2024-03-16,A,1,5.00,5.00,odd\n"
    again = sent(desk, later, "sales-2.csv")
    page = plain(text(desk, place(again)))
    assert "columns as in “Shop”" in page
    assert "A question" not in page
    assert "Since the last time: new 1 (€5.00), changed 1, as before 2." in page
    assert "Import 4 orders, €27.00" in page
    imported(desk, again)
    assert dict(Order.objects.values_list("number", "amount")) == {"1": 800, "2": 700, "3": 700, "4": 500}


def test_a_check_that_is_not_the_one_that_was_read_is_not_imported(desk, sales):
    sales = answer(desk, answer(desk, sales, answer="statuses:0"), answer="same_code:1")
    assert desk.post(place(sales, "import/"), {"confirms": "another"}).status_code == 409
    assert not Order.objects.exists()
    imported(desk, sales, confirms=sales.dry_run["for"])
    assert Order.objects.count() == 3
