-- kind = "promotions"
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
-- reference = "reference"
-- product = "product"
-- family = "category"
-- kind = "type"
-- first_day = "start"
-- last_day = "end"

SET TimeZone = 'UTC';

-- file: the rows as they were read, a column of texts for each heading
CREATE VIEW file AS SELECT * FROM read_parquet('rows.parquet');

-- texts
CREATE VIEW texts AS SELECT
    line,
    extra,
    nullif(trim(regexp_replace(c0, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_reference",
    nullif(trim(regexp_replace(c1, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_product",
    nullif(trim(regexp_replace(c2, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_family",
    nullif(trim(regexp_replace(c3, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_kind",
    nullif(trim(regexp_replace(c4, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_first_day",
    nullif(trim(regexp_replace(c5, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_last_day"
FROM file;

-- keyed
CREATE VIEW keyed AS SELECT *, coalesce('n' || "t_reference", 'l' || line) AS key FROM texts;

-- firsts
CREATE VIEW firsts AS SELECT
    key,
    min(line) AS first_line,
    count(*) AS n,
    arg_min("t_reference", line) AS "t_reference",
    arg_min("t_product", line) AS "t_product",
    arg_min("t_family", line) AS "t_family",
    arg_min("t_kind", line) AS "t_kind",
    arg_min("t_first_day", line) AS "t_first_day",
    arg_min("t_last_day", line) AS "t_last_day"
FROM keyed GROUP BY key;

-- valued
CREATE VIEW valued AS SELECT
    key,
    first_line,
    n,
    "t_reference",
    "t_product",
    "t_family",
    "t_kind",
    "t_first_day",
    "t_last_day",
    "t_reference" AS "reference",
    "t_product" AS "product",
    "t_family" AS "family",
    "t_kind" AS "kind",
    CAST(coalesce(CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '\d{4}-\d{1,2}-\d{1,2}') THEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) END, timezone('Europe/Paris', coalesce(CASE WHEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) IS NOT NULL THEN CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '.*\d{2}:\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)') THEN TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMPTZ) END END, timezone('Europe/Paris', CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '\d{4}-\d{1,2}-\d{1,2}') THEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) END), timezone('Europe/Paris', CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END)))) AS DATE) AS "first_day",
    CAST(coalesce(CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '\d{4}-\d{1,2}-\d{1,2}') THEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) END, timezone('Europe/Paris', coalesce(CASE WHEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) IS NOT NULL THEN CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '.*\d{2}:\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)') THEN TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMPTZ) END END, timezone('Europe/Paris', CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '\d{4}-\d{1,2}-\d{1,2}') THEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) END), timezone('Europe/Paris', CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END)))) AS DATE) AS "last_day"
FROM firsts;

-- judged
CREATE TABLE judged AS SELECT
    *,
    CASE
        WHEN n > 50000 THEN 'reference:too_many_rows'
        WHEN "t_reference" IS NULL THEN 'reference:missing'
        WHEN length("t_reference") > 64 THEN 'reference:too_long'
        WHEN length("t_product") > 64 THEN 'product:too_long'
        WHEN length("t_family") > 120 THEN 'family:too_long'
        WHEN length("t_kind") > 40 THEN 'kind:too_long'
        WHEN "t_first_day" IS NULL THEN 'first_day:missing'
        WHEN "t_first_day" IS NOT NULL AND "first_day" IS NULL THEN 'first_day:unreadable'
        WHEN "t_last_day" IS NULL THEN 'last_day:missing'
        WHEN "t_last_day" IS NOT NULL AND "last_day" IS NULL THEN 'last_day:unreadable'
        WHEN "last_day" < first_day THEN 'last_day:ends_early'
    END AS fault
FROM valued;

-- joined
CREATE VIEW joined AS SELECT
    t.*,
    CASE
        WHEN t."t_product" <> g."t_product" THEN 'product:contradicts'
        WHEN t."t_family" <> g."t_family" THEN 'family:contradicts'
        WHEN t."t_kind" <> g."t_kind" THEN 'kind:contradicts'
        WHEN t."t_first_day" <> g."t_first_day" THEN 'first_day:contradicts'
        WHEN t."t_last_day" <> g."t_last_day" THEN 'last_day:contradicts'
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
    "product",
    "family",
    "kind",
    "first_day",
    "last_day",
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
