-- kind = "orders"
-- business_time_zone = "Europe/Paris"
-- buyer_kind = "person"
-- date_format = "iso"
-- decimal = "."
-- encoding = "utf-8-sig"
-- separator = ","
-- time_zone = "Europe/Paris"
-- unit = "major"
--
-- [columns]
-- number = "order"
-- buyer = "customer"
-- buyer_name = "customer name"
-- placed_at = "date"
-- place = "store"
-- currency = "currency"
-- refund_of = "refund of"
-- payer = "payer"
-- recipient = "ship to"
-- product = "product"
-- product_name = "product name"
-- family = "category"
-- quantity = "quantity"
-- gross = "gross"
-- paid = "paid"
-- line_recipient = "line recipient"
--
-- [discounts]
-- discount = { column = "discount", reimbursed = false }

SET TimeZone = 'UTC';

-- file: the rows as they were read, a column of texts for each heading
CREATE VIEW file AS SELECT * FROM read_parquet('rows.parquet');

-- texts
CREATE VIEW texts AS SELECT
    line,
    extra,
    nullif(trim(regexp_replace(c0, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_number",
    nullif(trim(regexp_replace(c1, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_buyer",
    nullif(trim(regexp_replace(c2, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_buyer_name",
    nullif(trim(regexp_replace(c3, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_placed_at",
    nullif(trim(regexp_replace(c4, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_place",
    nullif(trim(regexp_replace(c5, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_currency",
    nullif(trim(regexp_replace(c6, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_refund_of",
    nullif(trim(regexp_replace(c7, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_payer",
    nullif(trim(regexp_replace(c8, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_recipient",
    nullif(trim(regexp_replace(c9, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_product",
    nullif(trim(regexp_replace(c10, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_product_name",
    nullif(trim(regexp_replace(c11, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_family",
    nullif(trim(regexp_replace(c12, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_quantity",
    nullif(trim(regexp_replace(c13, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_gross",
    NULL::VARCHAR AS "t_amount",
    nullif(trim(regexp_replace(c14, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_paid",
    nullif(trim(regexp_replace(c16, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_line_recipient",
    nullif(trim(regexp_replace(c15, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS d_discount
FROM file;

-- keyed
CREATE VIEW keyed AS SELECT *, coalesce('n' || "t_number", 'l' || line) AS key FROM texts;

-- firsts
CREATE VIEW firsts AS SELECT
    key,
    min(line) AS first_line,
    count(*) AS n,
    arg_min("t_number", line) AS "t_number",
    arg_min("t_buyer", line) AS "t_buyer",
    arg_min("t_buyer_name", line) AS "t_buyer_name",
    arg_min("t_placed_at", line) AS "t_placed_at",
    arg_min("t_place", line) AS "t_place",
    arg_min("t_currency", line) AS "t_currency",
    arg_min("t_refund_of", line) AS "t_refund_of",
    arg_min("t_payer", line) AS "t_payer",
    arg_min("t_recipient", line) AS "t_recipient"
FROM keyed GROUP BY key;

-- currencies
CREATE VIEW currencies AS SELECT * FROM (VALUES ...) AS currencies(code, decimals);

-- valued
CREATE VIEW valued AS SELECT
    key,
    first_line,
    n,
    "t_number",
    "t_buyer",
    "t_buyer_name",
    "t_placed_at",
    "t_place",
    "t_currency",
    "t_refund_of",
    "t_payer",
    "t_recipient",
    "t_number" AS "number",
    "t_buyer" AS "buyer",
    "t_buyer_name" AS "buyer_name",
    timezone('UTC', coalesce(CASE WHEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_placed_at", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_placed_at", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) IS NOT NULL THEN CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_placed_at", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '.*\d{2}:\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)') THEN TRY_CAST(regexp_replace(regexp_replace("t_placed_at", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMPTZ) END END, timezone('Europe/Paris', CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_placed_at", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '\d{4}-\d{1,2}-\d{1,2}') THEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_placed_at", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_placed_at", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) END), timezone('Europe/Paris', CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_placed_at", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_placed_at", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END))) AS placed_at,
    CAST(coalesce(CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_placed_at", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '\d{4}-\d{1,2}-\d{1,2}') THEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_placed_at", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_placed_at", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) END, timezone('Europe/Paris', coalesce(CASE WHEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_placed_at", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_placed_at", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) IS NOT NULL THEN CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_placed_at", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '.*\d{2}:\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)') THEN TRY_CAST(regexp_replace(regexp_replace("t_placed_at", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMPTZ) END END, timezone('Europe/Paris', CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_placed_at", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '\d{4}-\d{1,2}-\d{1,2}') THEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_placed_at", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_placed_at", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) END), timezone('Europe/Paris', CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_placed_at", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_placed_at", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END)))) AS DATE) AS placed_on,
    "t_place" AS "place",
    code AS "currency",
    "t_refund_of" AS "refund_of",
    "t_payer" AS "payer",
    "t_recipient" AS "recipient",
    coalesce(decimals, 6) AS decimals
FROM firsts LEFT JOIN currencies ON upper("t_currency") = code;

-- judged
CREATE TABLE judged AS SELECT
    *,
    CASE
        WHEN n > 50000 THEN 'number:too_many_rows'
        WHEN "t_number" IS NULL THEN 'number:missing'
        WHEN length("t_number") > 64 THEN 'number:too_long'
        WHEN "t_buyer" IS NULL THEN 'buyer:missing'
        WHEN length("t_buyer") > 64 THEN 'buyer:too_long'
        WHEN length("t_buyer_name") > 200 THEN 'buyer_name:too_long'
        WHEN "t_placed_at" IS NULL THEN 'placed_at:missing'
        WHEN "t_placed_at" IS NOT NULL AND "placed_at" IS NULL THEN 'placed_at:unreadable'
        WHEN length("t_place") > 64 THEN 'place:too_long'
        WHEN "t_currency" IS NULL THEN 'currency:missing'
        WHEN "t_currency" IS NOT NULL AND "currency" IS NULL THEN 'currency:unknown'
        WHEN length("t_refund_of") > 64 THEN 'refund_of:too_long'
        WHEN length("t_payer") > 64 THEN 'payer:too_long'
        WHEN length("t_recipient") > 64 THEN 'recipient:too_long'
        WHEN refund_of = number THEN 'refund_of:itself'
    END AS fault
FROM valued;

-- joined
CREATE VIEW joined AS SELECT
    t.*,
    g.refund_of IS NOT NULL AS refund,
    g.decimals,
    CASE
        WHEN t."t_buyer" <> g."t_buyer" THEN 'buyer:contradicts'
        WHEN t."t_buyer_name" <> g."t_buyer_name" THEN 'buyer_name:contradicts'
        WHEN t."t_placed_at" <> g."t_placed_at" THEN 'placed_at:contradicts'
        WHEN t."t_place" <> g."t_place" THEN 'place:contradicts'
        WHEN t."t_currency" <> g."t_currency" THEN 'currency:contradicts'
        WHEN t."t_refund_of" <> g."t_refund_of" THEN 'refund_of:contradicts'
        WHEN t."t_payer" <> g."t_payer" THEN 'payer:contradicts'
        WHEN t."t_recipient" <> g."t_recipient" THEN 'recipient:contradicts'
    END AS contradiction
FROM keyed AS t JOIN judged AS g USING (key);

-- numbers
CREATE VIEW numbers AS SELECT
    *,
    CASE WHEN regexp_full_match(t_quantity, '[+-]?\d+(\.\d{10,}|(\.\d+)?[eE][+-]?\d+)') THEN TRY_CAST(TRY_CAST(t_quantity AS DOUBLE) AS DECIMAL(18, 6))::VARCHAR WHEN regexp_full_match(t_quantity, '[+-]?(\d+(\.\d*)?|\.\d+)') THEN t_quantity WHEN regexp_full_match(regexp_replace(t_quantity, '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?(\d+(\.\d*)?|\.\d+)') THEN regexp_replace(t_quantity, '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g') WHEN regexp_full_match(regexp_replace(t_quantity, '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?\d{1,3}(,\d{3})+\.\d*') THEN replace(regexp_replace(t_quantity, '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), ',', '') END AS n_quantity,
    CASE WHEN regexp_full_match(t_gross, '[+-]?\d+(\.\d{10,}|(\.\d+)?[eE][+-]?\d+)') THEN TRY_CAST(TRY_CAST(t_gross AS DOUBLE) AS DECIMAL(18, 6))::VARCHAR WHEN regexp_full_match(t_gross, '[+-]?(\d+(\.\d*)?|\.\d+)') THEN t_gross WHEN regexp_full_match(regexp_replace(t_gross, '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?(\d+(\.\d*)?|\.\d+)') THEN regexp_replace(t_gross, '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g') WHEN regexp_full_match(regexp_replace(t_gross, '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?\d{1,3}(,\d{3})+\.\d*') THEN replace(regexp_replace(t_gross, '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), ',', '') END AS n_gross,
    CASE WHEN regexp_full_match(t_paid, '[+-]?\d+(\.\d{10,}|(\.\d+)?[eE][+-]?\d+)') THEN TRY_CAST(TRY_CAST(t_paid AS DOUBLE) AS DECIMAL(18, 6))::VARCHAR WHEN regexp_full_match(t_paid, '[+-]?(\d+(\.\d*)?|\.\d+)') THEN t_paid WHEN regexp_full_match(regexp_replace(t_paid, '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?(\d+(\.\d*)?|\.\d+)') THEN regexp_replace(t_paid, '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g') WHEN regexp_full_match(regexp_replace(t_paid, '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?\d{1,3}(,\d{3})+\.\d*') THEN replace(regexp_replace(t_paid, '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), ',', '') END AS n_paid,
    CASE WHEN regexp_full_match(d_discount, '[+-]?\d+(\.\d{10,}|(\.\d+)?[eE][+-]?\d+)') THEN TRY_CAST(TRY_CAST(d_discount AS DOUBLE) AS DECIMAL(18, 6))::VARCHAR WHEN regexp_full_match(d_discount, '[+-]?(\d+(\.\d*)?|\.\d+)') THEN d_discount WHEN regexp_full_match(regexp_replace(d_discount, '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?(\d+(\.\d*)?|\.\d+)') THEN regexp_replace(d_discount, '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g') WHEN regexp_full_match(regexp_replace(d_discount, '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?\d{1,3}(,\d{3})+\.\d*') THEN replace(regexp_replace(d_discount, '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), ',', '') END AS n_d0
FROM joined;

-- cut
CREATE VIEW cut AS SELECT
    *,
    ltrim(split_part(n_quantity, '.', 1), '+') AS w_quantity,
    ltrim(split_part(n_gross, '.', 1), '+') AS w_gross,
    ltrim(split_part(n_paid, '.', 1), '+') AS w_paid,
    ltrim(split_part(n_d0, '.', 1), '+') AS w_d0,
    rtrim(split_part(n_quantity, '.', 2), '0') AS f_quantity,
    rtrim(split_part(n_gross, '.', 2), '0') AS f_gross,
    rtrim(split_part(n_paid, '.', 2), '0') AS f_paid,
    rtrim(split_part(n_d0, '.', 2), '0') AS f_d0
FROM numbers;

-- scaled
CREATE VIEW scaled AS SELECT
    *,
    CASE WHEN length(f_quantity) <= 3 THEN TRY_CAST(w_quantity || rpad(f_quantity, 3, '0') AS BIGINT) END AS u_quantity,
    CASE WHEN length(f_gross) <= decimals THEN TRY_CAST(w_gross || rpad(f_gross, decimals, '0') AS BIGINT) END AS u_gross,
    CASE WHEN length(f_paid) <= decimals THEN TRY_CAST(w_paid || rpad(f_paid, decimals, '0') AS BIGINT) END AS u_paid,
    CASE WHEN length(f_d0) <= decimals THEN TRY_CAST(w_d0 || rpad(f_d0, decimals, '0') AS BIGINT) END AS u_d0
FROM cut;

-- bounded
CREATE VIEW bounded AS SELECT
    *,
    CASE WHEN u_quantity BETWEEN -1000000000000000 AND 1000000000000000 THEN u_quantity END AS v_quantity,
    CASE WHEN u_gross BETWEEN -1000000000000000 AND 1000000000000000 THEN u_gross END AS v_gross,
    CASE WHEN u_paid BETWEEN -1000000000000000 AND 1000000000000000 THEN u_paid END AS v_paid,
    CASE WHEN u_d0 BETWEEN -1000000000000000 AND 1000000000000000 THEN u_d0 END AS v_d0
FROM scaled;

-- turned
CREATE VIEW turned AS SELECT
    *,
    sign(coalesce(v_gross, v_paid)) AS sign,
    CASE WHEN refund AND coalesce(v_gross, v_paid) < 0 THEN -1 ELSE 1 END AS s
FROM bounded;

-- unsigned
CREATE VIEW unsigned AS SELECT
    *,
    s * v_gross AS gross_,
    NULL AS amount_,
    s * v_paid AS paid_,
    CASE WHEN refund THEN abs(coalesce(v_d0, 0)) ELSE coalesce(v_d0, 0) END AS x_d0,
    CASE WHEN refund THEN abs(v_quantity) ELSE v_quantity END AS quantity
FROM turned;

-- taken
CREATE VIEW taken AS SELECT
    *,
    0 + x_d0 AS taken,
    0 AS returned
FROM unsigned;

-- completed
CREATE VIEW completed AS SELECT
    *,
    coalesce(gross_, amount_ + taken - returned, paid_ + taken) AS gross,
    coalesce(amount_, gross_ - taken + returned, paid_ + returned) AS amount,
    coalesce(paid_, gross_ - taken, amount_ - returned) AS paid
FROM taken;

-- checked
CREATE VIEW checked AS SELECT
    *,
    CASE
        WHEN extra IS NOT NULL THEN ':too_many_cells'
        WHEN contradiction IS NOT NULL THEN contradiction
        WHEN length("t_product") > 64 THEN 'product:too_long'
        WHEN length("t_product_name") > 200 THEN 'product_name:too_long'
        WHEN length("t_family") > 120 THEN 'family:too_long'
        WHEN length("t_line_recipient") > 64 THEN 'line_recipient:too_long'
        WHEN t_product IS NULL THEN 'product:missing'
        WHEN t_quantity IS NULL THEN 'quantity:missing'
        WHEN t_quantity IS NOT NULL AND v_quantity IS NULL THEN 'quantity:unreadable'
        WHEN t_gross IS NULL THEN 'gross:missing'
        WHEN t_gross IS NOT NULL AND v_gross IS NULL THEN 'gross:unreadable'
        WHEN t_paid IS NULL THEN 'paid:missing'
        WHEN t_paid IS NOT NULL AND v_paid IS NULL THEN 'paid:unreadable'
        WHEN d_discount IS NOT NULL AND v_d0 IS NULL THEN 'discounts.discount:unreadable'
        WHEN x_d0 < 0 THEN 'discounts.discount:discount_negative'
        WHEN quantity < 0 THEN 'quantity:quantity_negative'
        WHEN s * v_gross < 0 THEN 'gross:amount_negative'
        WHEN gross < 0 OR amount < 0 THEN 'gross:discounts_exceed'
        WHEN paid <> gross - taken OR amount <> paid + returned THEN 'paid:disagree'
    END AS fault
FROM completed;

-- facts
COPY (SELECT
    line,
    key,
    t_product AS product,
    t_product_name AS product_name,
    t_family AS family,
    CAST(CASE WHEN refund THEN -1 ELSE 1 END * quantity AS BIGINT) AS quantity,
    CAST(CASE WHEN refund THEN -1 ELSE 1 END * gross AS BIGINT) AS gross,
    CAST(CASE WHEN refund THEN -1 ELSE 1 END * amount AS BIGINT) AS amount,
    CAST(CASE WHEN refund THEN -1 ELSE 1 END * paid AS BIGINT) AS paid,
    '{' || concat_ws(',', CASE WHEN x_d0 <> 0 THEN '"discount":' || (CASE WHEN refund THEN -1 ELSE 1 END * x_d0) END) || '}' AS discounts,
    t_line_recipient AS recipient,
    sign,
    fault
FROM checked) TO 'facts.parquet' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 20480);
CREATE VIEW facts AS SELECT * FROM read_parquet('facts.parquet');

-- sums
CREATE TABLE sums AS SELECT
    key,
    min(line) FILTER (fault IS NOT NULL) AS bad_line,
    sum(gross) AS gross,
    sum(amount) AS amount,
    sum(paid) AS paid,
    min(sign) < 0 AND max(sign) > 0 AS mixed,
    sum(md5_number_lower(concat_ws(chr(31), product, quantity, gross, amount, paid, discounts, 'for ' || recipient))) AS content
FROM facts GROUP BY key;

-- summed
CREATE VIEW summed AS SELECT * REPLACE (CASE
        WHEN fault IS NOT NULL THEN fault
        WHEN mixed AND refund_of IS NOT NULL THEN ':signs_mixed'
    END AS fault)
FROM judged JOIN sums USING (key);

-- ranked
CREATE TABLE ranked AS SELECT
    key,
    row_number() OVER (ORDER BY refund_of IS NOT NULL, first_line) AS rank,
    coalesce(sum(n) OVER (ORDER BY refund_of IS NOT NULL, first_line ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::BIGINT AS rows_before,
    n,
    first_line,
    "number",
    "buyer",
    "buyer_name",
    "placed_at",
    "placed_on",
    "place",
    "currency",
    "refund_of",
    "payer",
    "recipient",
    fault,
    CASE WHEN fault IS NULL THEN bad_line ELSE coalesce(least(bad_line, first_line), first_line) END AS bad_line,
    CASE WHEN fault IS NULL THEN bad_line ELSE coalesce(least(bad_line, first_line), first_line) END IS NOT NULL AS faulty,
    gross,
    amount,
    paid,
    md5(concat_ws(chr(31), coalesce(number::VARCHAR, ''), coalesce(buyer::VARCHAR, ''), coalesce(placed_at::VARCHAR, ''), coalesce(placed_on::VARCHAR, ''), coalesce(place::VARCHAR, ''), coalesce(currency::VARCHAR, ''), coalesce(refund_of::VARCHAR, ''), n, gross, paid, content, 'paid by ' || payer, 'for ' || recipient)) AS fingerprint
FROM summed;

-- groups
COPY (SELECT * EXCLUDE (key) FROM ranked ORDER BY rank) TO 'groups.parquet' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 20480);
CREATE VIEW groups AS SELECT * FROM read_parquet('groups.parquet');

-- lines
COPY (SELECT
    rank,
    line,
    facts.product,
    facts.product_name,
    facts.family,
    facts.quantity,
    facts.gross,
    facts.amount,
    facts.paid,
    facts.discounts,
    facts.recipient
FROM facts JOIN ranked USING (key) WHERE NOT faulty ORDER BY rank, line) TO 'lines.parquet' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 20480);
CREATE VIEW lines AS SELECT * FROM read_parquet('lines.parquet');

-- faults
COPY (SELECT
    r.rank,
    f.line,
    coalesce(f.fault, CASE WHEN f.line = r.first_line THEN r.fault END) AS fault,
    r.bad_line,
    r.first_line,
    file.* EXCLUDE (line)
FROM facts AS f JOIN ranked AS r USING (key) JOIN file USING (line)
WHERE r.faulty ORDER BY r.rank, f.line) TO 'faults.parquet' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 20480);
CREATE VIEW faults AS SELECT * FROM read_parquet('faults.parquet');
