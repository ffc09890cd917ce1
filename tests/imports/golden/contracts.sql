-- kind = "contracts"
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
-- reference = "contract"
-- customer = "customer"
-- plan = "plan"
-- first_day = "start"
-- last_day = "end"
-- period_days = "period"
-- amount = "amount"
-- currency = "currency"

SET TimeZone = 'UTC';

-- file: the rows as they were read, a column of texts for each heading
CREATE VIEW file AS SELECT * FROM read_parquet('rows.parquet');

-- texts
CREATE VIEW texts AS SELECT
    line,
    extra,
    nullif(trim(regexp_replace(c0, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_reference",
    nullif(trim(regexp_replace(c1, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_customer",
    nullif(trim(regexp_replace(c2, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_plan",
    nullif(trim(regexp_replace(c3, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_first_day",
    nullif(trim(regexp_replace(c4, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_last_day",
    nullif(trim(regexp_replace(c5, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_period_days",
    nullif(trim(regexp_replace(c6, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_amount",
    nullif(trim(regexp_replace(c7, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_currency"
FROM file;

-- keyed
CREATE VIEW keyed AS SELECT *, coalesce('n' || "t_reference", 'l' || line) AS key FROM texts;

-- firsts
CREATE VIEW firsts AS SELECT
    key,
    min(line) AS first_line,
    count(*) AS n,
    arg_min("t_reference", line) AS "t_reference",
    arg_min("t_customer", line) AS "t_customer",
    arg_min("t_plan", line) AS "t_plan",
    arg_min("t_first_day", line) AS "t_first_day",
    arg_min("t_last_day", line) AS "t_last_day",
    arg_min("t_period_days", line) AS "t_period_days",
    arg_min("t_amount", line) AS "t_amount",
    arg_min("t_currency", line) AS "t_currency"
FROM keyed GROUP BY key;

-- currencies
CREATE VIEW currencies AS SELECT * FROM (VALUES ...) AS currencies(code, decimals);

-- valued
CREATE VIEW valued AS SELECT
    key,
    first_line,
    n,
    "t_reference",
    "t_customer",
    "t_plan",
    "t_first_day",
    "t_last_day",
    "t_period_days",
    "t_amount",
    "t_currency",
    "t_reference" AS "reference",
    "t_customer" AS "customer",
    "t_plan" AS "plan",
    CAST(coalesce(CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '\d{4}-\d{1,2}-\d{1,2}') THEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) END, timezone('Europe/Paris', coalesce(CASE WHEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) IS NOT NULL THEN CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '.*\d{2}:\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)') THEN TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMPTZ) END END, timezone('Europe/Paris', CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '\d{4}-\d{1,2}-\d{1,2}') THEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) END), timezone('Europe/Paris', CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END)))) AS DATE) AS "first_day",
    CAST(coalesce(CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '\d{4}-\d{1,2}-\d{1,2}') THEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) END, timezone('Europe/Paris', coalesce(CASE WHEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) IS NOT NULL THEN CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '.*\d{2}:\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)') THEN TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMPTZ) END END, timezone('Europe/Paris', CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '\d{4}-\d{1,2}-\d{1,2}') THEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) END), timezone('Europe/Paris', CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END)))) AS DATE) AS "last_day",
    CASE WHEN (CASE WHEN length(rtrim(split_part(CASE WHEN regexp_full_match("t_period_days", '[+-]?\d+(\.\d{10,}|(\.\d+)?[eE][+-]?\d+)') THEN TRY_CAST(TRY_CAST("t_period_days" AS DOUBLE) AS DECIMAL(18, 6))::VARCHAR WHEN regexp_full_match("t_period_days", '[+-]?(\d+(\.\d*)?|\.\d+)') THEN "t_period_days" WHEN regexp_full_match(regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?(\d+(\.\d*)?|\.\d+)') THEN regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g') WHEN regexp_full_match(regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?\d{1,3}(,\d{3})+\.\d*') THEN replace(regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), ',', '') END, '.', 2), '0')) <= 0 THEN TRY_CAST(ltrim(split_part(CASE WHEN regexp_full_match("t_period_days", '[+-]?\d+(\.\d{10,}|(\.\d+)?[eE][+-]?\d+)') THEN TRY_CAST(TRY_CAST("t_period_days" AS DOUBLE) AS DECIMAL(18, 6))::VARCHAR WHEN regexp_full_match("t_period_days", '[+-]?(\d+(\.\d*)?|\.\d+)') THEN "t_period_days" WHEN regexp_full_match(regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?(\d+(\.\d*)?|\.\d+)') THEN regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g') WHEN regexp_full_match(regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?\d{1,3}(,\d{3})+\.\d*') THEN replace(regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), ',', '') END, '.', 1), '+') || rpad(rtrim(split_part(CASE WHEN regexp_full_match("t_period_days", '[+-]?\d+(\.\d{10,}|(\.\d+)?[eE][+-]?\d+)') THEN TRY_CAST(TRY_CAST("t_period_days" AS DOUBLE) AS DECIMAL(18, 6))::VARCHAR WHEN regexp_full_match("t_period_days", '[+-]?(\d+(\.\d*)?|\.\d+)') THEN "t_period_days" WHEN regexp_full_match(regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?(\d+(\.\d*)?|\.\d+)') THEN regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g') WHEN regexp_full_match(regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?\d{1,3}(,\d{3})+\.\d*') THEN replace(regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), ',', '') END, '.', 2), '0'), 0, '0') AS BIGINT) END) BETWEEN -1000000000000000 AND 1000000000000000 THEN CASE WHEN length(rtrim(split_part(CASE WHEN regexp_full_match("t_period_days", '[+-]?\d+(\.\d{10,}|(\.\d+)?[eE][+-]?\d+)') THEN TRY_CAST(TRY_CAST("t_period_days" AS DOUBLE) AS DECIMAL(18, 6))::VARCHAR WHEN regexp_full_match("t_period_days", '[+-]?(\d+(\.\d*)?|\.\d+)') THEN "t_period_days" WHEN regexp_full_match(regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?(\d+(\.\d*)?|\.\d+)') THEN regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g') WHEN regexp_full_match(regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?\d{1,3}(,\d{3})+\.\d*') THEN replace(regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), ',', '') END, '.', 2), '0')) <= 0 THEN TRY_CAST(ltrim(split_part(CASE WHEN regexp_full_match("t_period_days", '[+-]?\d+(\.\d{10,}|(\.\d+)?[eE][+-]?\d+)') THEN TRY_CAST(TRY_CAST("t_period_days" AS DOUBLE) AS DECIMAL(18, 6))::VARCHAR WHEN regexp_full_match("t_period_days", '[+-]?(\d+(\.\d*)?|\.\d+)') THEN "t_period_days" WHEN regexp_full_match(regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?(\d+(\.\d*)?|\.\d+)') THEN regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g') WHEN regexp_full_match(regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?\d{1,3}(,\d{3})+\.\d*') THEN replace(regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), ',', '') END, '.', 1), '+') || rpad(rtrim(split_part(CASE WHEN regexp_full_match("t_period_days", '[+-]?\d+(\.\d{10,}|(\.\d+)?[eE][+-]?\d+)') THEN TRY_CAST(TRY_CAST("t_period_days" AS DOUBLE) AS DECIMAL(18, 6))::VARCHAR WHEN regexp_full_match("t_period_days", '[+-]?(\d+(\.\d*)?|\.\d+)') THEN "t_period_days" WHEN regexp_full_match(regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?(\d+(\.\d*)?|\.\d+)') THEN regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g') WHEN regexp_full_match(regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?\d{1,3}(,\d{3})+\.\d*') THEN replace(regexp_replace("t_period_days", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), ',', '') END, '.', 2), '0'), 0, '0') AS BIGINT) END END AS "period_days",
    CASE WHEN (CASE WHEN length(rtrim(split_part(CASE WHEN regexp_full_match("t_amount", '[+-]?\d+(\.\d{10,}|(\.\d+)?[eE][+-]?\d+)') THEN TRY_CAST(TRY_CAST("t_amount" AS DOUBLE) AS DECIMAL(18, 6))::VARCHAR WHEN regexp_full_match("t_amount", '[+-]?(\d+(\.\d*)?|\.\d+)') THEN "t_amount" WHEN regexp_full_match(regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?(\d+(\.\d*)?|\.\d+)') THEN regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g') WHEN regexp_full_match(regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?\d{1,3}(,\d{3})+\.\d*') THEN replace(regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), ',', '') END, '.', 2), '0')) <= coalesce(decimals, 6) THEN TRY_CAST(ltrim(split_part(CASE WHEN regexp_full_match("t_amount", '[+-]?\d+(\.\d{10,}|(\.\d+)?[eE][+-]?\d+)') THEN TRY_CAST(TRY_CAST("t_amount" AS DOUBLE) AS DECIMAL(18, 6))::VARCHAR WHEN regexp_full_match("t_amount", '[+-]?(\d+(\.\d*)?|\.\d+)') THEN "t_amount" WHEN regexp_full_match(regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?(\d+(\.\d*)?|\.\d+)') THEN regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g') WHEN regexp_full_match(regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?\d{1,3}(,\d{3})+\.\d*') THEN replace(regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), ',', '') END, '.', 1), '+') || rpad(rtrim(split_part(CASE WHEN regexp_full_match("t_amount", '[+-]?\d+(\.\d{10,}|(\.\d+)?[eE][+-]?\d+)') THEN TRY_CAST(TRY_CAST("t_amount" AS DOUBLE) AS DECIMAL(18, 6))::VARCHAR WHEN regexp_full_match("t_amount", '[+-]?(\d+(\.\d*)?|\.\d+)') THEN "t_amount" WHEN regexp_full_match(regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?(\d+(\.\d*)?|\.\d+)') THEN regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g') WHEN regexp_full_match(regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?\d{1,3}(,\d{3})+\.\d*') THEN replace(regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), ',', '') END, '.', 2), '0'), coalesce(decimals, 6), '0') AS BIGINT) END) BETWEEN -1000000000000000 AND 1000000000000000 THEN CASE WHEN length(rtrim(split_part(CASE WHEN regexp_full_match("t_amount", '[+-]?\d+(\.\d{10,}|(\.\d+)?[eE][+-]?\d+)') THEN TRY_CAST(TRY_CAST("t_amount" AS DOUBLE) AS DECIMAL(18, 6))::VARCHAR WHEN regexp_full_match("t_amount", '[+-]?(\d+(\.\d*)?|\.\d+)') THEN "t_amount" WHEN regexp_full_match(regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?(\d+(\.\d*)?|\.\d+)') THEN regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g') WHEN regexp_full_match(regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?\d{1,3}(,\d{3})+\.\d*') THEN replace(regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), ',', '') END, '.', 2), '0')) <= coalesce(decimals, 6) THEN TRY_CAST(ltrim(split_part(CASE WHEN regexp_full_match("t_amount", '[+-]?\d+(\.\d{10,}|(\.\d+)?[eE][+-]?\d+)') THEN TRY_CAST(TRY_CAST("t_amount" AS DOUBLE) AS DECIMAL(18, 6))::VARCHAR WHEN regexp_full_match("t_amount", '[+-]?(\d+(\.\d*)?|\.\d+)') THEN "t_amount" WHEN regexp_full_match(regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?(\d+(\.\d*)?|\.\d+)') THEN regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g') WHEN regexp_full_match(regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?\d{1,3}(,\d{3})+\.\d*') THEN replace(regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), ',', '') END, '.', 1), '+') || rpad(rtrim(split_part(CASE WHEN regexp_full_match("t_amount", '[+-]?\d+(\.\d{10,}|(\.\d+)?[eE][+-]?\d+)') THEN TRY_CAST(TRY_CAST("t_amount" AS DOUBLE) AS DECIMAL(18, 6))::VARCHAR WHEN regexp_full_match("t_amount", '[+-]?(\d+(\.\d*)?|\.\d+)') THEN "t_amount" WHEN regexp_full_match(regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?(\d+(\.\d*)?|\.\d+)') THEN regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g') WHEN regexp_full_match(regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), '[+-]?\d{1,3}(,\d{3})+\.\d*') THEN replace(regexp_replace("t_amount", '[ \t\r\n\x{a0}\x{202f}\x{2009}’'']', '', 'g'), ',', '') END, '.', 2), '0'), coalesce(decimals, 6), '0') AS BIGINT) END END AS "amount",
    code AS "currency",
    coalesce(decimals, 6) AS decimals
FROM firsts LEFT JOIN currencies ON upper("t_currency") = code;

-- judged
CREATE TABLE judged AS SELECT
    *,
    CASE
        WHEN n > 50000 THEN 'reference:too_many_rows'
        WHEN "t_reference" IS NULL THEN 'reference:missing'
        WHEN length("t_reference") > 64 THEN 'reference:too_long'
        WHEN "t_customer" IS NULL THEN 'customer:missing'
        WHEN length("t_customer") > 64 THEN 'customer:too_long'
        WHEN length("t_plan") > 120 THEN 'plan:too_long'
        WHEN "t_first_day" IS NULL THEN 'first_day:missing'
        WHEN "t_first_day" IS NOT NULL AND "first_day" IS NULL THEN 'first_day:unreadable'
        WHEN "t_last_day" IS NOT NULL AND "last_day" IS NULL THEN 'last_day:unreadable'
        WHEN "last_day" < first_day THEN 'last_day:ends_early'
        WHEN "t_period_days" IS NULL THEN 'period_days:missing'
        WHEN "t_period_days" IS NOT NULL AND "period_days" IS NULL THEN 'period_days:unreadable'
        WHEN "period_days" < 1 THEN 'period_days:too_small'
        WHEN "t_amount" IS NULL THEN 'amount:missing'
        WHEN "t_amount" IS NOT NULL AND "amount" IS NULL THEN 'amount:unreadable'
        WHEN "amount" < 0 THEN 'amount:too_small'
        WHEN "t_currency" IS NULL THEN 'currency:missing'
        WHEN "t_currency" IS NOT NULL AND "currency" IS NULL THEN 'currency:unknown'
    END AS fault
FROM valued;

-- joined
CREATE VIEW joined AS SELECT
    t.*,
    CASE
        WHEN t."t_customer" <> g."t_customer" THEN 'customer:contradicts'
        WHEN t."t_plan" <> g."t_plan" THEN 'plan:contradicts'
        WHEN t."t_first_day" <> g."t_first_day" THEN 'first_day:contradicts'
        WHEN t."t_last_day" <> g."t_last_day" THEN 'last_day:contradicts'
        WHEN t."t_period_days" <> g."t_period_days" THEN 'period_days:contradicts'
        WHEN t."t_amount" <> g."t_amount" THEN 'amount:contradicts'
        WHEN t."t_currency" <> g."t_currency" THEN 'currency:contradicts'
    END AS contradiction
FROM keyed AS t JOIN judged AS g USING (key);

-- facts
COPY (SELECT
    line,
    key,
    CASE WHEN extra IS NOT NULL THEN ':too_many_cells' ELSE contradiction END AS fault
FROM joined) TO 'facts.parquet' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 20480);
CREATE VIEW facts AS SELECT * FROM read_parquet('facts.parquet');

-- sums
CREATE TABLE sums AS SELECT
    key,
    min(line) FILTER (fault IS NOT NULL) AS bad_line
FROM facts GROUP BY key;

-- summed
CREATE VIEW summed AS SELECT * REPLACE (CASE
        WHEN fault IS NOT NULL THEN fault
    END AS fault)
FROM judged JOIN sums USING (key);

-- ranked
CREATE TABLE ranked AS SELECT
    key,
    row_number() OVER (ORDER BY first_line) AS rank,
    coalesce(sum(n) OVER (ORDER BY first_line ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::BIGINT AS rows_before,
    n,
    first_line,
    "reference",
    "customer",
    "plan",
    "first_day",
    "last_day",
    "period_days",
    "amount",
    "currency",
    fault,
    CASE WHEN fault IS NULL THEN bad_line ELSE coalesce(least(bad_line, first_line), first_line) END AS bad_line,
    CASE WHEN fault IS NULL THEN bad_line ELSE coalesce(least(bad_line, first_line), first_line) END IS NOT NULL AS faulty
FROM summed;

-- groups
COPY (SELECT * EXCLUDE (key) FROM ranked ORDER BY rank) TO 'groups.parquet' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 20480);
CREATE VIEW groups AS SELECT * FROM read_parquet('groups.parquet');

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
