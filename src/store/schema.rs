//! The tables: GeoPackage 1.3's own, the registered ones that any GIS opens, and the unregistered history.

/// `GPKG` in ASCII: what makes SQLite's header say GeoPackage.
pub(super) const APPLICATION_ID: i64 = 0x4750_4B47;
/// GeoPackage 1.3.
pub(super) const GPKG_VERSION: i64 = 10_300;
/// Layout of Vigie's own tables.
pub(super) const LAYOUT: i64 = 1;

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
  created TEXT NOT NULL, rows_in INTEGER NOT NULL, added INTEGER NOT NULL, changed INTEGER NOT NULL,
  same INTEGER NOT NULL, rejected INTEGER NOT NULL, findings TEXT NOT NULL, undone_by INTEGER REFERENCES vigie_batch(id));
CREATE TABLE vigie_set (id TEXT PRIMARY KEY, info TEXT NOT NULL, batch INTEGER NOT NULL REFERENCES vigie_batch(id));
CREATE TABLE vigie_fact (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, batch INTEGER NOT NULL REFERENCES vigie_batch(id), theme TEXT NOT NULL,
  source TEXT NOT NULL, fact_id TEXT NOT NULL, body TEXT NOT NULL, is_current INTEGER NOT NULL);
CREATE INDEX vigie_fact_key ON vigie_fact(theme, source, fact_id, seq);

CREATE TABLE admin_units (
  fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom BLOB NOT NULL, set_id TEXT NOT NULL, level INTEGER NOT NULL,
  pcode TEXT NOT NULL, name TEXT NOT NULL, parent_pcode TEXT, area_km2 REAL NOT NULL, label_lon REAL NOT NULL,
  label_lat REAL NOT NULL, schematic BOOLEAN NOT NULL, UNIQUE (set_id, level, pcode));
INSERT INTO gpkg_contents(table_name, data_type, identifier, description, srs_id)
  VALUES ('admin_units', 'features', 'admin_units', 'Administrative units by boundary set', 4326);
INSERT INTO gpkg_geometry_columns VALUES ('admin_units', 'geom', 'MULTIPOLYGON', 4326, 0, 0);
"#;
