"""Tables of a store on ClickHouse, made where they are missing."""

TABLES = """
CREATE TABLE IF NOT EXISTS registry (version Int32, loaded DateTime64(6, 'UTC'), digest String, region String,
  place String, tables String) ENGINE = MergeTree ORDER BY version;
CREATE TABLE IF NOT EXISTS point (number Int32, id String, owner String, medium String, county String, sector String,
  to_medium Float64, sign Int32, period Int32, counted Bool, kind String, valid_from Nullable(DateTime64(6, 'UTC')),
  valid_to Nullable(DateTime64(6, 'UTC')), since Nullable(Date32), tariff Nullable(String)) ENGINE = MergeTree ORDER BY number;
ALTER TABLE point ADD COLUMN IF NOT EXISTS since Nullable(Date32);
ALTER TABLE point ADD COLUMN IF NOT EXISTS tariff Nullable(String);
CREATE TABLE IF NOT EXISTS rate (point Int32, since Date32, until Date32, tce Nullable(Float64),
  tce_equivalent Nullable(Float64), tco2 Nullable(Float64), scope Int32) ENGINE = MergeTree ORDER BY (point, since);
CREATE TABLE IF NOT EXISTS term (virtual Int32, part Int32, sign Int32, since Nullable(Date32), until Nullable(Date32))
  ENGINE = MergeTree ORDER BY virtual;
ALTER TABLE term ADD COLUMN IF NOT EXISTS since Nullable(Date32);
ALTER TABLE term ADD COLUMN IF NOT EXISTS until Nullable(Date32);
CREATE TABLE IF NOT EXISTS calendar (number Int32, day Date32) ENGINE = MergeTree ORDER BY number;
CREATE TABLE IF NOT EXISTS reading (point Int32, period Int32, start DateTime64(6, 'UTC'), value Float64,
  origin Int32, flags Int32, version Int64, batch Int32, withdrawn UInt8 DEFAULT 0)
  ENGINE = ReplacingMergeTree(batch, withdrawn) PARTITION BY toYYYYMM(start) ORDER BY (point, period, start);
CREATE TABLE IF NOT EXISTS day_sum_version (point Int32, period Int32, day Date32, count Int32,
  value Nullable(Float64), estimated Int32, synthetic Int32, quarantined Int32, batch Int32, spread Int32 DEFAULT 0)
  ENGINE = ReplacingMergeTree(batch) ORDER BY (point, period, day);
ALTER TABLE day_sum_version ADD COLUMN IF NOT EXISTS spread Int32 DEFAULT 0;
CREATE TABLE IF NOT EXISTS revision (point Int32, period Int32, start DateTime64(6, 'UTC'), value Float64, origin Int32,
  flags Int32, version Int64, batch Nullable(Int32), by_batch Nullable(Int32), reason String)
  ENGINE = ReplacingMergeTree ORDER BY (point, period, start, version, value, reason, ifNull(by_batch, 0));
CREATE TABLE IF NOT EXISTS batch (id Int32, key String, sender String, digest String, received DateTime64(6, 'UTC'),
  status String, receipt String) ENGINE = MergeTree ORDER BY id;
CREATE VIEW IF NOT EXISTS readings AS SELECT * FROM reading FINAL;
CREATE OR REPLACE VIEW day_sum AS SELECT * FROM day_sum_version FINAL;
CREATE TABLE IF NOT EXISTS verdict (id Int32, subject String, kind String, level String, rule String, rule_digest String,
  inputs String, source String, confirmed Bool, made DateTime64(6, 'UTC'), registry Nullable(Int32),
  as_of_batch Nullable(Int32)) ENGINE = ReplacingMergeTree ORDER BY id;
CREATE TABLE IF NOT EXISTS warning_event (warning Int32, happened DateTime64(6, 'UTC'), action String, person String,
  note String) ENGINE = ReplacingMergeTree ORDER BY (warning, happened, action);
CREATE TABLE IF NOT EXISTS release (point Int32, period Int32, start DateTime64(6, 'UTC'), person String, reason String,
  happened DateTime64(6, 'UTC')) ENGINE = ReplacingMergeTree ORDER BY (point, period, start, happened)
"""
