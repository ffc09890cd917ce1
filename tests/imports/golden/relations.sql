-- kind = "relations"
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
-- of = "customer"
-- kind = "relation"
-- to = "related to"
-- first_day = "start"
-- last_day = "end"

SET TimeZone = 'UTC';

-- file: the rows as they were read, a column of texts for each heading
CREATE VIEW file AS SELECT * FROM read_parquet('rows.parquet');

-- texts
CREATE VIEW texts AS SELECT
    line,
    extra,
    nullif(trim(regexp_replace(c0, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_of",
    nullif(trim(regexp_replace(c1, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_kind",
    nullif(trim(regexp_replace(c2, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_to",
    nullif(trim(regexp_replace(c3, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_first_day",
    nullif(trim(regexp_replace(c4, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_last_day"
FROM file;

-- keyed
CREATE VIEW keyed AS SELECT *, coalesce('n' || "t_of" || chr(31) || "t_kind" || chr(31) || "t_to", 'l' || line) AS key FROM texts;

-- firsts
CREATE VIEW firsts AS SELECT
    key,
    min(line) AS first_line,
    count(*) AS n,
    arg_min("t_of", line) AS "t_of",
    arg_min("t_kind", line) AS "t_kind",
    arg_min("t_to", line) AS "t_to",
    arg_min("t_first_day", line) AS "t_first_day",
    arg_min("t_last_day", line) AS "t_last_day"
FROM keyed GROUP BY key;

-- valued
CREATE VIEW valued AS SELECT
    key,
    first_line,
    n,
    "t_of",
    "t_kind",
    "t_to",
    "t_first_day",
    "t_last_day",
    "t_of" AS "of",
    CASE lower("t_kind") WHEN 'household' THEN 'household' WHEN 'employer' THEN 'employer' WHEN 'parent' THEN 'parent' WHEN 'referred' THEN 'referred' WHEN 'buys_for' THEN 'buys_for' WHEN 'carer' THEN 'carer' WHEN 'same household' THEN 'household' WHEN 'same household as' THEN 'household' WHEN 'family' THEN 'household' WHEN 'foyer' THEN 'household' WHEN 'même foyer' THEN 'household' WHEN 'famille' THEN 'household' WHEN 'works for' THEN 'employer' WHEN 'employee of' THEN 'employer' WHEN 'employeur' THEN 'employer' WHEN 'travaille pour' THEN 'employer' WHEN 'salarié de' THEN 'employer' WHEN 'belongs to' THEN 'parent' WHEN 'parent company' THEN 'parent' WHEN 'subsidiary of' THEN 'parent' WHEN 'filiale de' THEN 'parent' WHEN 'maison mère' THEN 'parent' WHEN 'appartient à' THEN 'parent' WHEN 'referred by' THEN 'referred' WHEN 'was referred by' THEN 'referred' WHEN 'parrain' THEN 'referred' WHEN 'parrainé par' THEN 'referred' WHEN 'recommandé par' THEN 'referred' WHEN 'buys for' THEN 'buys_for' WHEN 'achète pour' THEN 'buys_for' WHEN 'cares for' THEN 'carer' WHEN 'aidant' THEN 'carer' WHEN 'aidant de' THEN 'carer' WHEN 's''occupe de' THEN 'carer' END AS "kind",
    "t_to" AS "to",
    CAST(coalesce(CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '\d{4}-\d{1,2}-\d{1,2}') THEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) END, timezone('Europe/Paris', coalesce(CASE WHEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) IS NOT NULL THEN CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '.*\d{2}:\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)') THEN TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMPTZ) END END, timezone('Europe/Paris', CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '\d{4}-\d{1,2}-\d{1,2}') THEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) END), timezone('Europe/Paris', CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_first_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END)))) AS DATE) AS "first_day",
    CAST(coalesce(CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '\d{4}-\d{1,2}-\d{1,2}') THEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) END, timezone('Europe/Paris', coalesce(CASE WHEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) IS NOT NULL THEN CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '.*\d{2}:\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)') THEN TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMPTZ) END END, timezone('Europe/Paris', CASE WHEN regexp_full_match(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3'), '\d{4}-\d{1,2}-\d{1,2}') THEN (CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END) END), timezone('Europe/Paris', CASE WHEN (TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP)) BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2100-01-01' THEN TRY_CAST(regexp_replace(regexp_replace("t_last_day", '(\d{2}:\d{2}\S*)\s*(?:UTC|GMT|Z)$', '\1Z', 'i'), '(\d{2}:\d{2}\S*?)\s*([+-]\d{2}):?(\d{2})$', '\1\2:\3') AS TIMESTAMP) END)))) AS DATE) AS "last_day"
FROM firsts;

-- judged
CREATE TABLE judged AS SELECT
    *,
    CASE
        WHEN n > 50000 THEN 'of:too_many_rows'
        WHEN "t_of" IS NULL THEN 'of:missing'
        WHEN length("t_of") > 64 THEN 'of:too_long'
        WHEN "t_kind" IS NULL THEN 'kind:missing'
        WHEN "t_kind" IS NOT NULL AND "kind" IS NULL THEN 'kind:unknown'
        WHEN "t_to" IS NULL THEN 'to:missing'
        WHEN length("t_to") > 64 THEN 'to:too_long'
        WHEN "t_first_day" IS NOT NULL AND "first_day" IS NULL THEN 'first_day:unreadable'
        WHEN "t_last_day" IS NOT NULL AND "last_day" IS NULL THEN 'last_day:unreadable'
        WHEN "last_day" < first_day THEN 'last_day:ends_early'
    END AS fault
FROM valued;

-- joined
CREATE VIEW joined AS SELECT
    t.*,
    CASE
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
    "of",
    "kind",
    "to",
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
