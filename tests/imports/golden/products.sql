-- kind = "products"
-- business_time_zone = "Europe/Paris"
-- buyer_kind = "person"
-- decimal = "."
-- encoding = "utf-8-sig"
-- separator = ","
-- time_zone = "Europe/Paris"
-- unit = "major"
--
-- [columns]
-- reference = "sku"
-- name = "name"
-- family = "category"

SET TimeZone = 'UTC';

-- file: the rows as they were read, a column of texts for each heading
CREATE VIEW file AS SELECT * FROM read_parquet('rows.parquet');

-- texts
CREATE VIEW texts AS SELECT
    line,
    extra,
    nullif(trim(regexp_replace(c0, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_reference",
    nullif(trim(regexp_replace(c1, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_name",
    nullif(trim(regexp_replace(c2, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_family"
FROM file;

-- keyed
CREATE VIEW keyed AS SELECT *, coalesce('n' || "t_reference", 'l' || line) AS key FROM texts;

-- firsts
CREATE VIEW firsts AS SELECT
    key,
    min(line) AS first_line,
    count(*) AS n,
    arg_min("t_reference", line) AS "t_reference",
    arg_min("t_name", line) AS "t_name",
    arg_min("t_family", line) AS "t_family"
FROM keyed GROUP BY key;

-- valued
CREATE VIEW valued AS SELECT
    key,
    first_line,
    n,
    "t_reference",
    "t_name",
    "t_family",
    "t_reference" AS "reference",
    "t_name" AS "name",
    "t_family" AS "family"
FROM firsts;

-- judged
CREATE TABLE judged AS SELECT
    *,
    CASE
        WHEN n > 50000 THEN 'reference:too_many_rows'
        WHEN "t_reference" IS NULL THEN 'reference:missing'
        WHEN length("t_reference") > 64 THEN 'reference:too_long'
        WHEN length("t_name") > 200 THEN 'name:too_long'
        WHEN length("t_family") > 120 THEN 'family:too_long'
    END AS fault
FROM valued;

-- joined
CREATE VIEW joined AS SELECT
    t.*,
    CASE
        WHEN t."t_name" <> g."t_name" THEN 'name:contradicts'
        WHEN t."t_family" <> g."t_family" THEN 'family:contradicts'
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
    "name",
    "family",
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
