-- kind = "customers"
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
-- given_name = "given name"
-- family_name = "family name"
-- born_on = "birthday"
-- internal = "colleague"
-- email = "email"
-- street = "street"
-- postcode = "postcode"
-- city = "city"
-- country = "country"
-- tags = "tags"
-- "email.work" = "work email"
-- "phone.mobile" = "mobile"
-- "outside.shopify" = "shopify id"

SET TimeZone = 'UTC';

-- file: the rows as they were read, a column of texts for each heading
CREATE VIEW file AS SELECT * FROM read_parquet('rows.parquet');

-- texts
CREATE VIEW texts AS SELECT
    line,
    extra,
    nullif(trim(regexp_replace(c0, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_reference",
    nullif(trim(regexp_replace(c1, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_given_name",
    nullif(trim(regexp_replace(c2, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_family_name",
    NULL::VARCHAR AS "t_name",
    NULL::VARCHAR AS "t_birth_name",
    NULL::VARCHAR AS "t_kind",
    nullif(trim(regexp_replace(c4, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_born_on",
    NULL::VARCHAR AS "t_birthday",
    nullif(trim(regexp_replace(c5, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_internal",
    NULL::VARCHAR AS "t_employer",
    nullif(trim(regexp_replace(c6, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_email",
    NULL::VARCHAR AS "t_phone",
    NULL::VARCHAR AS "t_address",
    nullif(trim(regexp_replace(c9, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_street",
    NULL::VARCHAR AS "t_street2",
    NULL::VARCHAR AS "t_street3",
    nullif(trim(regexp_replace(c10, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_postcode",
    nullif(trim(regexp_replace(c11, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_city",
    nullif(trim(regexp_replace(c12, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_country",
    NULL::VARCHAR AS "t_outside",
    nullif(trim(regexp_replace(c14, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_tags",
    nullif(trim(regexp_replace(c7, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_email.work",
    nullif(trim(regexp_replace(c8, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_phone.mobile",
    nullif(trim(regexp_replace(c13, '^''(''*[=+\-@\t\r\n＝＋－＠])', '\1'), E' \t\r\n   '), '') AS "t_outside.shopify"
FROM file;

-- repaired
CREATE VIEW repaired AS SELECT * REPLACE (CASE
        WHEN regexp_full_match("t_reference", '[^\pL\pN]*|[#(<\[]*0*[.,]?0*[)>\]]*') AND NOT ("t_reference" = '0' AND EXISTS (SELECT 1 FROM texts WHERE "t_reference" = '1')) OR trim(regexp_replace(strip_accents(lower("t_reference")), '[^a-z0-9]+', ' ', 'g')) IN ('aucun', 'aucune', 'div 0', 'empty', 'inconnu', 'inconnue', 'n a', 'na', 'nan', 'nat', 'neant', 'nil', 'non communique', 'non renseigne', 'non renseignee', 'none', 'not available', 'nul', 'null', 'ref', 'sans objet', 'undefined', 'unknown', 'value', 'vide') THEN NULL
        WHEN contains("t_reference", '@') THEN lower("t_reference")
        ELSE CASE WHEN (SELECT count(*) FROM texts WHERE regexp_full_match("t_reference", '\d+\.\d*[1-9]\d*')) = 0 THEN regexp_replace(regexp_replace("t_reference", '^''(\+?[0-9])', '\1'), '^(\d+)\.0+$', '\1') ELSE regexp_replace("t_reference", '^''(\+?[0-9])', '\1') END
    END AS "t_reference") FROM texts;

-- keyed
CREATE VIEW keyed AS SELECT *, coalesce('n' || "t_reference", 'l' || line) AS key FROM repaired;

-- firsts
CREATE VIEW firsts AS SELECT
    key,
    min(line) AS first_line,
    count(*) AS n,
    arg_min("t_reference", line) AS "t_reference",
    arg_min("t_given_name", line) AS "t_given_name",
    arg_min("t_family_name", line) AS "t_family_name",
    arg_min("t_name", line) AS "t_name",
    arg_min("t_birth_name", line) AS "t_birth_name",
    arg_min("t_kind", line) AS "t_kind",
    arg_min("t_born_on", line) AS "t_born_on",
    arg_min("t_birthday", line) AS "t_birthday",
    arg_min("t_internal", line) AS "t_internal",
    arg_min("t_employer", line) AS "t_employer",
    arg_min("t_email", line) AS "t_email",
    arg_min("t_phone", line) AS "t_phone",
    arg_min("t_address", line) AS "t_address",
    arg_min("t_street", line) AS "t_street",
    arg_min("t_street2", line) AS "t_street2",
    arg_min("t_street3", line) AS "t_street3",
    arg_min("t_postcode", line) AS "t_postcode",
    arg_min("t_city", line) AS "t_city",
    arg_min("t_country", line) AS "t_country",
    arg_min("t_outside", line) AS "t_outside",
    arg_min("t_tags", line) AS "t_tags",
    arg_min("t_email.work", line) AS "t_email.work",
    arg_min("t_phone.mobile", line) AS "t_phone.mobile",
    arg_min("t_outside.shopify", line) AS "t_outside.shopify"
FROM keyed GROUP BY key;

-- valued
CREATE VIEW valued AS SELECT
    key,
    first_line,
    n,
    "t_reference",
    "t_given_name",
    "t_family_name",
    "t_name",
    "t_birth_name",
    "t_kind",
    "t_born_on",
    "t_birthday",
    "t_internal",
    "t_employer",
    "t_email",
    "t_phone",
    "t_address",
    "t_street",
    "t_street2",
    "t_street3",
    "t_postcode",
    "t_city",
    "t_country",
    "t_outside",
    "t_tags",
    "t_email.work",
    "t_phone.mobile",
    "t_outside.shopify",
    "t_reference" AS "reference",
    "t_given_name" AS "given_name",
    "t_family_name" AS "family_name",
    "t_name" AS "name",
    "t_birth_name" AS "birth_name",
    CASE lower("t_kind") WHEN 'person' THEN 'person' WHEN 'organisation' THEN 'organisation' WHEN 'individual' THEN 'person' WHEN 'consumer' THEN 'person' WHEN 'p' THEN 'person' WHEN 'b2c' THEN 'person' WHEN 'private' THEN 'person' WHEN 'personne' THEN 'person' WHEN 'particulier' THEN 'person' WHEN 'organization' THEN 'organisation' WHEN 'company' THEN 'organisation' WHEN 'business' THEN 'organisation' WHEN 'b2b' THEN 'organisation' WHEN 'entreprise' THEN 'organisation' WHEN 'societe' THEN 'organisation' WHEN 'société' THEN 'organisation' WHEN 'professionnel' THEN 'organisation' WHEN 'pme/pmi' THEN 'organisation' WHEN 'pme' THEN 'organisation' WHEN 'tpe' THEN 'organisation' WHEN 'grande entreprise' THEN 'organisation' WHEN 'start-up' THEN 'organisation' WHEN 'administration' THEN 'organisation' WHEN 'association' THEN 'organisation' WHEN 'grossiste' THEN 'organisation' WHEN 'revendeur' THEN 'organisation' END AS "kind",
    "t_born_on" AS "born_on",
    "t_birthday" AS "birthday",
    CASE WHEN lower("t_internal") IN ('1', 'yes', 'y', 'true', 'x', 'oui', 'o', 'vrai') THEN TRUE WHEN lower("t_internal") IN ('0', 'no', 'n', 'false', 'non', 'faux') THEN FALSE END AS "internal",
    "t_employer" AS "employer",
    "t_email" AS "email",
    "t_phone" AS "phone",
    "t_address" AS "address",
    "t_street" AS "street",
    "t_street2" AS "street2",
    "t_street3" AS "street3",
    "t_postcode" AS "postcode",
    "t_city" AS "city",
    "t_country" AS "country",
    "t_outside" AS "outside",
    "t_tags" AS "tags",
    "t_email.work" AS "email.work",
    "t_phone.mobile" AS "phone.mobile",
    "t_outside.shopify" AS "outside.shopify"
FROM firsts;

-- judged
CREATE TABLE judged AS SELECT
    *,
    CASE
        WHEN n > 50000 THEN 'reference:too_many_rows'
        WHEN "t_reference" IS NULL THEN 'reference:missing'
        WHEN length("t_reference") > 64 THEN 'reference:too_long'
        WHEN length("t_given_name") > 100 THEN 'given_name:too_long'
        WHEN length("t_family_name") > 100 THEN 'family_name:too_long'
        WHEN length("t_name") > 200 THEN 'name:too_long'
        WHEN length("t_birth_name") > 100 THEN 'birth_name:too_long'
        WHEN "t_kind" IS NOT NULL AND "kind" IS NULL THEN 'kind:unknown'
        WHEN "t_internal" IS NOT NULL AND "internal" IS NULL THEN 'internal:unknown'
        WHEN length("t_employer") > 200 THEN 'employer:too_long'
        WHEN length("t_postcode") > 16 THEN 'postcode:too_long'
        WHEN length("t_city") > 100 THEN 'city:too_long'
        WHEN length("t_outside") > 320 THEN 'outside:too_long'
        WHEN length("t_tags") > 1000 THEN 'tags:too_long'
        WHEN length("t_outside.shopify") > 320 THEN 'outside.shopify:too_long'
        WHEN trim(regexp_replace(strip_accents(lower("t_name")), '[^a-z0-9]+', ' ', 'g')) IN ('anonyme', 'anonymous', 'cash customer', 'cash sale', 'client anonyme', 'client caisse', 'client comptant', 'client comptoir', 'client de passage', 'client divers', 'client inconnu', 'client magasin', 'client occasionnel', 'client par defaut', 'client passager', 'clients divers', 'comptant', 'comptoir', 'counter customer', 'counter sale', 'default customer', 'divers', 'guest', 'guest checkout', 'guest customer', 'invite', 'no customer', 'nobody', 'passage', 'sans client', 'unknown customer', 'vente comptant', 'vente comptoir', 'walk in', 'walk in client', 'walk in customer', 'walkin') THEN 'name:nobody'
        WHEN "t_given_name" IS NULL AND trim(regexp_replace(strip_accents(lower("t_family_name")), '[^a-z0-9]+', ' ', 'g')) IN ('anonyme', 'anonymous', 'cash customer', 'cash sale', 'client anonyme', 'client caisse', 'client comptant', 'client comptoir', 'client de passage', 'client divers', 'client inconnu', 'client magasin', 'client occasionnel', 'client par defaut', 'client passager', 'clients divers', 'comptant', 'comptoir', 'counter customer', 'counter sale', 'default customer', 'divers', 'guest', 'guest checkout', 'guest customer', 'invite', 'no customer', 'nobody', 'passage', 'sans client', 'unknown customer', 'vente comptant', 'vente comptoir', 'walk in', 'walk in client', 'walk in customer', 'walkin') THEN 'family_name:nobody'
        WHEN regexp_full_match("t_reference", '\d([.,]\d+)?[eE]\+\d{2,}') THEN 'reference:digits_lost'
        WHEN regexp_full_match("t_reference", '(?i)((grand |sous-?|sub)?tota(l|ux)( général)?|nombre( de)?|count)\b.*') AND "t_given_name" IS NULL AND "t_family_name" IS NULL AND "t_born_on" IS NULL AND "t_internal" IS NULL AND "t_email" IS NULL AND "t_street" IS NULL AND "t_postcode" IS NULL AND "t_city" IS NULL AND "t_country" IS NULL AND "t_tags" IS NULL AND "t_email.work" IS NULL AND "t_phone.mobile" IS NULL AND "t_outside.shopify" IS NULL THEN 'reference:total_line'
        WHEN trim(regexp_replace(strip_accents(lower("t_reference")), '[^a-z0-9]+', ' ', 'g')) IN ('anonyme', 'anonymous', 'cash customer', 'cash sale', 'client anonyme', 'client caisse', 'client comptant', 'client comptoir', 'client de passage', 'client divers', 'client inconnu', 'client magasin', 'client occasionnel', 'client par defaut', 'client passager', 'clients divers', 'comptant', 'comptoir', 'counter customer', 'counter sale', 'default customer', 'divers', 'guest', 'guest checkout', 'guest customer', 'invite', 'no customer', 'nobody', 'passage', 'sans client', 'unknown customer', 'vente comptant', 'vente comptoir', 'walk in', 'walk in client', 'walk in customer', 'walkin') THEN 'reference:nobody'
    END AS fault
FROM valued;

-- joined
CREATE VIEW joined AS SELECT
    t.*,
    CASE
        WHEN t."t_given_name" <> g."t_given_name" THEN 'given_name:contradicts'
        WHEN t."t_family_name" <> g."t_family_name" THEN 'family_name:contradicts'
        WHEN t."t_name" <> g."t_name" THEN 'name:contradicts'
        WHEN t."t_birth_name" <> g."t_birth_name" THEN 'birth_name:contradicts'
        WHEN t."t_kind" <> g."t_kind" THEN 'kind:contradicts'
        WHEN t."t_born_on" <> g."t_born_on" THEN 'born_on:contradicts'
        WHEN t."t_birthday" <> g."t_birthday" THEN 'birthday:contradicts'
        WHEN t."t_internal" <> g."t_internal" THEN 'internal:contradicts'
        WHEN t."t_employer" <> g."t_employer" THEN 'employer:contradicts'
        WHEN t."t_email" <> g."t_email" THEN 'email:contradicts'
        WHEN t."t_phone" <> g."t_phone" THEN 'phone:contradicts'
        WHEN t."t_address" <> g."t_address" THEN 'address:contradicts'
        WHEN t."t_street" <> g."t_street" THEN 'street:contradicts'
        WHEN t."t_street2" <> g."t_street2" THEN 'street2:contradicts'
        WHEN t."t_street3" <> g."t_street3" THEN 'street3:contradicts'
        WHEN t."t_postcode" <> g."t_postcode" THEN 'postcode:contradicts'
        WHEN t."t_city" <> g."t_city" THEN 'city:contradicts'
        WHEN t."t_country" <> g."t_country" THEN 'country:contradicts'
        WHEN t."t_outside" <> g."t_outside" THEN 'outside:contradicts'
        WHEN t."t_tags" <> g."t_tags" THEN 'tags:contradicts'
        WHEN t."t_email.work" <> g."t_email.work" THEN 'email.work:contradicts'
        WHEN t."t_phone.mobile" <> g."t_phone.mobile" THEN 'phone.mobile:contradicts'
        WHEN t."t_outside.shopify" <> g."t_outside.shopify" THEN 'outside.shopify:contradicts'
    END AS contradiction
FROM keyed AS t JOIN judged AS g USING (key);

-- facts
COPY (SELECT
    line,
    key,
    CASE WHEN extra IS NOT NULL THEN ':too_many_cells' ELSE contradiction END AS fault,
    hash("t_reference", "t_given_name", "t_family_name", "t_born_on", "t_internal", "t_email", "t_street", "t_postcode", "t_city", "t_country", "t_tags", "t_email.work", "t_phone.mobile", "t_outside.shopify") AS mark
FROM joined) TO 'facts.parquet' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 20480);
CREATE VIEW facts AS SELECT * FROM read_parquet('facts.parquet');

-- sums
CREATE TABLE sums AS SELECT
    key,
    min(line) FILTER (fault IS NOT NULL) AS bad_line,
    min(mark) <> max(mark) AS differing
FROM facts GROUP BY key;

-- summed
CREATE VIEW summed AS SELECT * REPLACE (CASE
        WHEN fault IS NOT NULL THEN fault
        WHEN differing AND NOT regexp_matches("t_reference", '[0-9@_]') THEN 'reference:name_as_reference'
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
    "given_name",
    "family_name",
    "name",
    "birth_name",
    "kind",
    "born_on",
    "birthday",
    "internal",
    "employer",
    "email",
    "phone",
    "address",
    "street",
    "street2",
    "street3",
    "postcode",
    "city",
    "country",
    "outside",
    "tags",
    "email.work",
    "phone.mobile",
    "outside.shopify",
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
