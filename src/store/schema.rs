//! The tables: GeoPackage 1.3's own, the registered ones that any GIS opens, and the unregistered history.

/// `GPKG` in ASCII: what makes SQLite's header say GeoPackage.
pub(super) const APPLICATION_ID: i64 = 0x4750_4B47;
/// GeoPackage 1.3.
pub(super) const GPKG_VERSION: i64 = 10_300;
/// Layout of Vigie's own tables.
pub(super) const LAYOUT: i64 = 2;

/// Everything a new store holds before its first batch.
pub(super) const CREATE: &str = r#"
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined cartesian', -1, 'NONE', -1, 'undefined', NULL),
  ('Undefined geographic', 0, 'NONE', 0, 'undefined', NULL),
  ('WGS 84', 4326, 'EPSG', 4326,
   'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]',
   'longitude/latitude in degrees');
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL, m TINYINT NOT NULL, CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name));

CREATE TABLE vigie_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE vigie_batch (
  id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, theme TEXT NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL,
  by TEXT NOT NULL, created TEXT NOT NULL, rows_in INTEGER NOT NULL, added INTEGER NOT NULL, changed INTEGER NOT NULL,
  same INTEGER NOT NULL, ended INTEGER NOT NULL, to_review INTEGER NOT NULL, rejected INTEGER NOT NULL,
  skipped INTEGER NOT NULL, findings TEXT NOT NULL, undone_by INTEGER REFERENCES vigie_batch(id));
-- A batch says of a set: it is this one, and its units are those that batch `units` brought.
CREATE TABLE vigie_set (
  batch INTEGER NOT NULL REFERENCES vigie_batch(id), id TEXT NOT NULL, info TEXT NOT NULL, digest TEXT NOT NULL,
  units INTEGER NOT NULL REFERENCES vigie_batch(id), made_default INTEGER NOT NULL, PRIMARY KEY (batch, id));
-- Every version of every fact, in the order they came; without a body: the batch says that the fact holds no longer.
CREATE TABLE vigie_fact (
  seq INTEGER PRIMARY KEY, batch INTEGER NOT NULL REFERENCES vigie_batch(id), key BLOB NOT NULL, body TEXT);
-- Runs of versions that a later batch repeats to the letter.
CREATE TABLE vigie_said (
  batch INTEGER NOT NULL REFERENCES vigie_batch(id), first INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY (batch, first)) WITHOUT ROWID;
-- What the fold gives now, by key: made from the tables above, kept so that an import finds what it repeats.
CREATE TABLE vigie_current (key BLOB PRIMARY KEY, seq INTEGER NOT NULL, digest INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE admin_units (
  fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom BLOB NOT NULL, set_id TEXT NOT NULL, level INTEGER NOT NULL,
  pcode TEXT NOT NULL, name TEXT NOT NULL, parent_pcode TEXT, area_km2 REAL NOT NULL, label_lon REAL NOT NULL,
  label_lat REAL NOT NULL, schematic BOOLEAN NOT NULL, batch INTEGER NOT NULL, UNIQUE (set_id, level, pcode));
-- Units of sets that were taken back, for what was known when.
CREATE TABLE vigie_unit AS SELECT * FROM admin_units WHERE 0;
INSERT INTO gpkg_contents(table_name, data_type, identifier, description, srs_id)
  VALUES ('admin_units', 'features', 'admin_units', 'Administrative units by boundary set', 4326);
INSERT INTO gpkg_geometry_columns VALUES ('admin_units', 'geom', 'MULTIPOLYGON', 4326, 0, 0);
"#;
