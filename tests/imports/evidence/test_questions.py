"""What is asked, with the likeliest answer first; and small files that once were read wrong."""

from __future__ import annotations

import pytest

from habitue.imports.evidence import wording
from habitue.imports.evidence.guess import Answer, Reason
from tests.imports.conftest import in_both_languages

LINE = "Order number,Customer ID,Date,SKU"


def codes(guess) -> list[str]:
    return [question.code for question in guess.questions]


def test_paid_yes_is_no_amount(guess_from):
    guess = guess_from(f"{LINE},Amount,Paid", "1,K1,2024-03-13,S,10.00,yes", "2,K2,2024-03-13,S,10.00,no")
    assert guess.columns["amount"] == "Amount"
    assert "Paid" not in guess.columns.values()
    assert codes(guess) == []


def test_employee_is_no_colleague_and_prospect_no_kind_of_person(guess_from):
    guess = guess_from("Customer ID,Name,Employee,Type", "1,Anne Petit,Zoe,Prospect", "2,Paul Roy,Max,Client")
    assert guess.columns == {"reference": "Customer ID", "name": "Name"}


def test_a_name_beside_a_product_code_is_the_products(guess_from):
    guess = guess_from(
        "Receipt,Customer ID,Date,SKU,Name,Amount",
        "7,K1,2024-03-13,SAV-1,Savon,3.00",
        "8,K2,2024-03-14,BOU-1,Bougie,2.00",
    )
    assert guess.columns["product_name"] == "Name"
    assert "buyer_name" not in guess.columns


def test_names_that_differ_within_orders_and_come_again_are_the_products_without_a_heading(guess_from):
    goods = (("SAV-1", "Savon doux", "4.90"), ("BOU-1", "Bougie longue", "12.50"), ("SAC-1", "Sac en toile", "30.00"))
    rows = [
        f"A{at},K{at % 7},2024-03-{at:02d},{','.join(goods[(at + line) % 3])}" for at in range(1, 20) for line in (0, 1)
    ]
    assert guess_from("c1,c2,c3,c4,c5,c6", *rows).columns["product_name"] == "c5"


def test_the_longer_heading_and_the_sum_with_tax_win(guess_from):
    guess = guess_from(
        "N° facture;Code client;Date;Référence;Total HT;TVA;Total TTC;Total",
        "F1;K1;13/03/2024;S;25,00;5,00;30,00;999,00",
    )
    assert (guess.columns["amount"], guess.rule("tax")) == ("Total TTC", "with")


def test_two_orders_whose_lines_and_taxes_make_the_total_prove_amounts_without_tax(guess_from):
    headings = f"{LINE},Amount,Tax,Total"
    rows = ("1,K1,2024-03-13,S,10.00,2.00,36.00", "1,K1,2024-03-13,T,20.00,4.00,36.00")
    guess = guess_from(headings, *rows, "2,K2,2024-03-14,S,15.00,3.00,18.00")
    assert (guess.rule("tax"), guess.rules["tax"].columns["line_tax"]) == ("without", "Tax")
    assert guess_from(headings, *rows).rule("tax") == "unknown"


def test_a_bare_price_is_asked_about_where_quantities_differ(guess_from):
    rows = ("1,K1,2024-03-13,S,12,6.95", "2,K2,2024-03-13,T,2,2.55")
    guess = guess_from(f"{LINE},Quantity,Price", *rows)
    assert guess.rule("amount_rule") == "quantity_x_unit_price"
    (question,) = guess.questions
    assert [answer.code for answer in question.answers] == ["times_quantity", "of_the_line"]
    assert question.rows[0]["Price"] == "6.95"


def test_a_price_that_stays_the_same_in_all_quantities_is_the_price_of_one(guess_from):
    rows = [f"{at},K{at},2024-03-{at:02d},S{at % 3},{1 + at // 3},{5 + at % 3}.50" for at in range(1, 28)]
    guess = guess_from(f"{LINE},Quantity,Price", *rows)
    assert (guess.rule("amount_rule"), codes(guess)) == ("quantity_x_unit_price", [])


def test_an_amount_that_stays_the_same_in_all_quantities_is_asked_about(guess_from):
    rows = [f"{at},K{at},2024-03-{at % 28 + 1:02d},S{at % 6},{1 + at // 6},{5 + at % 6}.50" for at in range(1, 60)]
    guess = guess_from(f"{LINE},Quantity,Amount", *rows)
    assert codes(guess) == ["unit_price"]


def test_dates_that_can_be_read_both_ways_are_asked_about(guess_from):
    guess = guess_from(f"{LINE};Montant".replace(",", ";"), "1;K1;01/02/2024;S;10,00", "2;K2;03/04/2024;S;11,00")
    (question,) = guess.questions
    assert (question.code, question.answers[0].code) == ("day_or_month", "day_first")


def test_three_digits_behind_every_mark_are_asked_about(guess_from):
    guess = guess_from(
        "Order number;Customer ID;Date;SKU;Amount", "1;K1;2024-03-13;S;1.500", "2;K2;2024-03-13;S;12.000"
    )
    (question,) = guess.questions
    assert (question.code, question.answers[0].code) == ("thousands", "mark_of_thousands")


def test_a_rate_is_told_from_money(guess_from):
    by_heading = guess_from(f"{LINE},Amount,Remise %", "1,K1,2024-03-13,S,27.00,10", "2,K2,2024-03-14,S,30.00,0")
    assert by_heading.rule("discount_rule") == "rate"
    by_values = guess_from(
        f"{LINE},Amount,Discount",
        "1,K1,2024-03-13,S,261.96,0",
        "2,K2,2024-03-14,S,731.94,0.2",
        "3,K2,2024-03-15,S,22.37,0.45",
    )
    assert by_values.rule("discount_rule") == "rate"


def test_whole_numbers_that_no_sum_proves_may_be_percent_or_money(guess_from):
    guess = guess_from(
        f"{LINE},Amount,Discount",
        "1,K1,2024-03-13,S,10.00,10",
        "2,K2,2024-03-14,S,47.90,0",
        "3,K3,2024-03-15,S,31.20,20",
    )
    assert "discount_unit" in codes(guess)


@pytest.mark.parametrize(("rows", "number"), [(3, None), (4, "c1")])
def test_codes_that_never_repeat_number_the_orders_where_there_are_some(guess_from, rows, number):
    lines = [f"FA-0{at},K{at % 2},2024-03-{at:02},S,1{at}.00" for at in range(1, rows + 1)]
    assert guess_from("c1,Customer ID,Date,SKU,Amount", *lines).columns.get("number") == number


def test_whole_numbers_that_make_the_amount_as_percent_are_a_rate_without_a_question(guess_from):
    rows = (
        "1,K1,2024-03-13,S,2,10.00,20,16.00",
        "2,K2,2024-03-14,T,3,5.00,10,13.50",
        "3,K1,2024-03-15,S,2,9.50,50,9.50",
    )
    guess = guess_from(f"{LINE},Quantity,Unit price,Discount,Amount", *rows)
    assert (guess.rule("discount_rule"), codes(guess)) == ("rate", [])


def test_statuses_are_known_or_asked_about(guess_from):
    rows = (
        "1,K1,2024-03-13,S,30.00,Payée",
        "2,K2,2024-03-13,S,40.00,Annulée",
        "3,K3,2024-03-13,S,50.00,chez le voisin",
    )
    guess = guess_from(f"{LINE},Amount,Statut", *rows)
    assert guess.rule("statuses") == {"Payée": "sale", "Annulée": "not_a_sale", "chez le voisin": None}
    assert codes(guess) == ["statuses"]


def test_digits_that_a_spreadsheet_has_dropped_are_refused(guess_from):
    guess = guess_from(
        "N° commande;Code client;Date;Référence;Montant",
        "5,55E+12;K1;13/03/2024;S;10,00",
        "5,56E+12;K2;14/03/2024;S;11,00",
    )
    assert [reason.code for reason in guess.refused] == ["digits_lost"]


def test_codes_that_differ_by_zeros_or_capitals_are_asked_about_once(guess_from):
    rows = (
        "1,00412,2024-03-13,S,30.00",
        "2,412,2024-03-14,S,30.00",
        "3,412.0,2024-03-14,S,30.00",
        "4,k-9,2024-03-15,S,1.00",
    )
    assert codes(guess_from(f"{LINE},Amount", *rows)) == ["same_code"]
    assert codes(guess_from(f"{LINE},Amount", *rows[1:])) == [], "a program that lost integers writes 412.0"


def test_more_than_two_doubts_become_one_question_of_several_parts(guess_from):
    rows = ("1;00412;01/02/2024;S;2;1.500;5.00", "1;00412;01/02/2024;T;3;2.500;5.00", "2;412;03/04/2024;S;2;1.500;0.00")
    guess = guess_from("Order number;Customer ID;Date;SKU;Quantity;Price;Discount", *rows)
    assert len(guess.questions) == 2
    assert guess.questions[1].code == "several"
    assert {"decimal", "discount_rule", "same_code"} <= guess.asked


def test_a_reference_that_never_repeats_may_be_the_orders_and_is_asked_about(guess_from):
    rows = [f"{at};XKB{at}N;A. Petit{at % 5};{at * 7},50 €;2024-03-{at:02d}" for at in range(1, 20)]
    guess = guess_from("ID;Référence;Client;Total;Date", *rows)
    assert "product" in guess.asked
    assert codes(guess_from("ID;Référence;Client;Total;Date", *rows[:5])) == [], "five products may well differ"


def test_a_row_for_each_order_and_a_row_for_each_customer_are_told_apart(guess_from):
    orders = guess_from("a,b,c,d", *(f"A{n},x{n % 4}@example.org,2024-03-{n:02d},{n}.50" for n in range(1, 20)))
    people = guess_from("a,b,c", *(f"A{n},x{n}@example.org,06 12 34 56 {n:02d}" for n in range(1, 20)))
    assert (orders.kind, people.kind) == ("orders", "customers")


@pytest.mark.parametrize("code", wording.QUESTIONS)
def test_every_question_is_put_in_both_languages(code):
    assert wording.QUESTIONS[code]
    in_both_languages(lambda: str(wording.QUESTIONS[code]))


def test_questions_answers_and_reasons_are_worded_with_their_data(guess_from):
    guess = guess_from(f"{LINE},Quantity,Price", "1,K1,2024-03-13,S,12,6.95", "2,K2,2024-03-13,T,2,2.55")
    (question,) = guess.questions
    english, french = in_both_languages(lambda: wording.question_text(question, guess.kind))
    assert "“Price”" in english
    assert "prix" in french.lower()
    first, _second = question.answers
    assert "Price" in in_both_languages(lambda: wording.answer_text(first, guess.kind))[1]
    reason = Reason("product", {"columns": ["q", "p", "t"], "tested": 2, "agree": 2, "weak": True})
    english, french = in_both_languages(lambda: wording.reason(reason))
    assert "2 of 2 rows" in english
    assert "too few" in english


@pytest.mark.parametrize(("count", "left_out"), [(5, False), (6, True)])
def test_dots_stand_for_meanings_only_where_some_are_left_out(count, left_out):
    meant = [["Operation", f"void {at}", "not_a_sale"] for at in range(count)]
    assert wording.answer_text(Answer("rows_as_said", data={"meant": meant}), "orders").endswith("…") == left_out


def test_a_guess_is_plain_data(guess_from):
    import json

    guess = guess_from(f"{LINE},Quantity,Price", "1,K1,2024-03-13,S,12,6.95", "2,K2,2024-03-13,T,2,2.55")
    data = json.loads(json.dumps(guess.as_data()))
    assert data["facts"]["number"]["column"] == "Order number"
    assert data["rules"]["amount_rule"]["value"] == "quantity_x_unit_price"


@pytest.mark.parametrize("rows", [150, 600])
@pytest.mark.parametrize("spoilt", ["never", "2024-03-06"])
def test_one_row_that_is_wrong_makes_the_headings_of_all_others_no_question(guess_from, rows, spoilt):
    """One number of 600 comes twice, on another day: the row is wrong, not the heading."""
    lines = [f"A{at},C{at % 50},2024-03-05,p{at % 40},1,1.00" for at in range(rows)]
    guess = guess_from("order,customer,date,product,quantity,amount", *lines, f"A0,C0,{spoilt},p,1,2")
    assert (guess.columns["number"], guess.columns["buyer"]) == ("order", "customer")
    assert guess.questions == ()


def test_a_total_that_stands_on_both_lines_of_the_only_order_with_two_is_counted_once(guess_from):
    lines = [
        f"A{at},C{at % 50},2024-03-05,p{at % 40},{at % 7 + 1},{at % 7 + 1}.00,{at % 7 + 1}.00" for at in range(600)
    ]
    again = ["A600,C1,2024-03-06,p1,1,2.00,5.00", "A600,C1,2024-03-06,p2,1,3.00,5.00"]
    guess = guess_from("order,customer,date,product,quantity,amount,total", *lines, *again)
    assert guess.columns["number"] == "order"
    assert guess.rules["amount_rule"].columns.get("amount") != "total" or guess.questions


def test_tills_that_number_alike_are_asked_about(guess_from):
    rows = ("A;101;2024-03-13;K1;S;5.00", "A;102;2024-03-13;K2;S;6.00", "B;101;2024-03-13;K1;S;7.00")
    guess = guess_from("Till;Receipt number;Date;Customer ID;SKU;Amount", *rows)
    assert codes(guess) == ["tills"]
    assert guess.questions[0].answers[0].rules == {"number_of": ["Till", "Receipt number"]}
    apart = guess_from("Till;Receipt number;Date;Customer ID;SKU;Amount", *rows[:2], "B;103;2024-03-13;K3;S;7.00")
    assert codes(apart) == []


def test_suppliers_among_customers_are_asked_about(guess_from):
    rows = ("T1;Anne Petit;Client;a@example.org", "T2;EDF;Fournisseur;b@example.org")
    guess = guess_from("Code;Nom;Type;E-mail", *rows)
    assert codes(guess) == ["suppliers"]
    assert guess.questions[0].answers[0].rules == {"filters": {"Type": {"not": ["Fournisseur"]}}}
    assert codes(guess_from("Code;Nom;Type;E-mail", rows[0])) == []


@pytest.mark.parametrize("cells", [("2023-05-01", "2023-06-01"), ("20 %", "10 %")])
def test_days_and_percentages_are_no_customers_whatever_the_heading_says(guess_from, cells):
    rows = [f"{at},{cell},2024-03-1{at},S,10.00" for at, cell in enumerate(cells, 1)]
    assert "buyer" not in guess_from(f"{LINE},Amount", *rows).columns


@pytest.mark.parametrize("cells", [("33", "44"), ("a@example.org", "b@example.org")])
def test_numbers_and_addresses_are_no_countries_whatever_the_heading_says(guess_from, cells):
    rows = [f"K{at},Anne Petit,{cell}" for at, cell in enumerate(cells, 1)]
    assert "country" not in guess_from("Customer ID,Name,Country", *rows).columns


def test_a_telephone_of_somebody_else_yields_to_one_whose_heading_says_nothing(guess_from):
    rows = ("1,Anne Petit,06 12 34 56 78,06 98 76 54 32", "2,Paul Roy,06 12 34 56 79,06 98 76 54 33")
    assert guess_from("Customer ID,Name,Column 3,Emergency phone", *rows).columns["phone"] == "Column 3"
