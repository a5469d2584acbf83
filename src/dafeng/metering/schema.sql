CREATE TABLE registry (version INTEGER, loaded TIMESTAMP, digest VARCHAR, region VARCHAR, place VARCHAR, tables VARCHAR,
  approved VARCHAR);
CREATE TABLE point (
  number INTEGER, id VARCHAR, name_zh VARCHAR, owner VARCHAR, object VARCHAR, medium VARCHAR, use VARCHAR,
  unit VARCHAR, to_medium DOUBLE, sign INTEGER, rated_max DOUBLE, period INTEGER, kind VARCHAR, parent VARCHAR,
  county VARCHAR, sector VARCHAR, industry VARCHAR, synthetic BOOLEAN, counted BOOLEAN,
  valid_from TIMESTAMP, valid_to TIMESTAMP, since DATE, tariff VARCHAR);
CREATE TABLE factor (
  medium VARCHAR, quantity VARCHAR, region VARCHAR, valid_from DATE, valid_to DATE, value DOUBLE,
  set_name VARCHAR, source VARCHAR, confirmed BOOLEAN, scope INTEGER);
CREATE TABLE reading (
  point INTEGER, period INTEGER, start TIMESTAMP, value DOUBLE, origin UTINYINT, flags USMALLINT,
  version BIGINT, batch INTEGER);
CREATE TABLE revision (
  point INTEGER, period INTEGER, start TIMESTAMP, value DOUBLE, origin UTINYINT, flags USMALLINT,
  version BIGINT, batch INTEGER, by_batch INTEGER,
  reason ENUM('older', 'replaced', 'withdrawn', 'released'));
CREATE TABLE latest (
  point INTEGER, period INTEGER, start TIMESTAMP, value DOUBLE, origin UTINYINT, flags USMALLINT, batch INTEGER);
CREATE TABLE day_sum (
  point INTEGER, period INTEGER, day DATE, count INTEGER, expected INTEGER, value DOUBLE, low DOUBLE, high DOUBLE,
  estimated INTEGER, synthetic INTEGER, quarantined INTEGER, slots HUGEINT, batch INTEGER, spread INTEGER DEFAULT 0);
CREATE TABLE batch (
  id INTEGER, key VARCHAR, sender VARCHAR, digest VARCHAR, received TIMESTAMP, status VARCHAR, receipt VARCHAR);
CREATE TABLE flag (
  point INTEGER, period INTEGER, start TIMESTAMP, until TIMESTAMP, kind VARCHAR, value DOUBLE, expected DOUBLE,
  found TIMESTAMP, proposal VARCHAR);
CREATE TABLE dead_letter (
  id INTEGER, source VARCHAR, received TIMESTAMP, reason VARCHAR, digest VARCHAR, body BLOB);
CREATE TABLE release (
  point INTEGER, period INTEGER, start TIMESTAMP, person VARCHAR, reason VARCHAR, happened TIMESTAMP);
CREATE TABLE archive (
  month DATE, version INTEGER, file VARCHAR, readings BIGINT, digest VARCHAR, closed TIMESTAMP,
  reopened TIMESTAMP, reason VARCHAR);
CREATE TABLE verdict (
  id INTEGER, subject VARCHAR, kind VARCHAR, level VARCHAR, rule VARCHAR, rule_digest VARCHAR, inputs VARCHAR,
  source VARCHAR, confirmed BOOLEAN, made TIMESTAMP, registry INTEGER, as_of_batch INTEGER);
CREATE TABLE warning_event (
  warning INTEGER, happened TIMESTAMP, action VARCHAR, person VARCHAR, note VARCHAR);
CREATE TABLE point_factor (point INTEGER, quantity VARCHAR, valid_from DATE, valid_to DATE, value DOUBLE, scope INTEGER);
CREATE TABLE rate (
  point INTEGER, since DATE, until DATE, tce DOUBLE, tce_equivalent DOUBLE, tco2 DOUBLE, scope INTEGER);
CREATE TABLE term (virtual INTEGER, part INTEGER, sign INTEGER, since DATE, until DATE);
CREATE TABLE published (month DATE, version INTEGER, registry INTEGER, batch INTEGER, made TIMESTAMP, digest VARCHAR, sums VARCHAR);
CREATE TABLE calendar AS
  SELECT CAST(range AS INTEGER) AS number, DATE '1990-01-01' + CAST(range AS INTEGER) AS day FROM range(36525);
