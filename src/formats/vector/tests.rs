use super::*;
use gdal::vsi::create_mem_file;

const SQUARE: &str = r#"{"type":"MultiPolygon","coordinates":[[[[0,0],[2,0],[2,2],[0,2],[0,0]]]]}"#;

fn table(meta: &[MetaLine]) -> VectorTable<'_> {
    let column = |name, kind| Column { name, kind };
    let row = |name, value, rate| Row {
        geometry: Some(SQUARE),
        values: vec![Value::Text("ML01"), Value::Text(name), value, rate, Value::Flag(true)],
    };
    VectorTable {
        name: "violations-cercles",
        title: "Violations par cercle",
        points: false,
        crs: Crs::CRS84,
        columns: vec![
            column("pcode", ColumnKind::Text),
            column("name", ColumnKind::Text),
            column("value", ColumnKind::Whole),
            column("rate_per_100k", ColumnKind::Decimal),
            column("outside_coverage", ColumnKind::Flag),
        ],
        rows: vec![row("Ménaka", Value::Int(0), Value::Real(2.5)), row("Gao", Value::Null, Value::Null)],
        meta,
        qml: Some("<qgis/>"),
        date: "2021-07-01",
    }
}

fn meta() -> [MetaLine; 1] {
    [("licence", "Licence".into(), "CC BY".into())]
}

fn opened(name: &str, bytes: Vec<u8>) -> (Dataset, Folder) {
    let folder = Folder(format!("/vsimem/test-{name}"));
    let path = format!("{}/{name}", folder.0);
    create_mem_file(&path, bytes).expect("in memory");
    let path = if Path::new(&path).extension().is_some_and(|e| e == "zip") { format!("/vsizip/{path}") } else { path };
    (Dataset::open(path).expect("GDAL reads it"), folder)
}

#[test]
fn each_file_reads_back_with_absences_that_are_no_zeros() {
    let meta = meta();
    for (form, name, rate) in [
        (VectorForm::GeoPackage, "a.gpkg", "rate_per_100k"),
        (VectorForm::FlatGeobuf, "a.fgb", "rate_per_100k"),
        (VectorForm::Shapefile, "a.zip", "rate_per_1"),
    ] {
        let (dataset, _folder) = opened(name, table(&meta).write(form).expect("written"));
        let mut layer = dataset.layer_by_name("violations-cercles").expect("the layer");
        let label = layer.defn().field_index("name").expect("a field");
        assert!(layer.features().all(|f| f.geometry().is_some_and(|g| (g.area() - 4.0).abs() < 1e-9)), "{name}");
        // Asked as readers ask: a field that was left out is as absent as one that is null.
        for (filter, found) in [
            ("value = 0".to_owned(), "Ménaka"),
            ("value IS NULL".to_owned(), "Gao"),
            (format!("{rate} = 2.5"), "Ménaka"),
            (format!("{rate} IS NULL"), "Gao"),
        ] {
            layer.set_attribute_filter(&filter).expect("a filter");
            let names: Vec<_> = layer.features().map(|f| f.field_as_string(label).expect("text")).collect();
            assert_eq!(names, [Some(found.to_owned())], "{name}: {filter}");
        }
    }
}

#[test]
fn the_same_table_is_the_same_bytes() {
    let meta = meta();
    for form in [VectorForm::GeoPackage, VectorForm::FlatGeobuf, VectorForm::Shapefile] {
        let write = || table(&meta).write(form).expect("written");
        assert!(write() == write(), "{form:?}");
    }
}

#[test]
fn a_geopackage_carries_its_metadata_and_the_style_that_qgis_looks_for() {
    let meta = meta();
    let (dataset, _folder) = opened("b.gpkg", table(&meta).write(VectorForm::GeoPackage).expect("written"));
    assert_eq!(dataset.metadata_item("licence", "").as_deref(), Some("CC BY"));
    let mut styles = dataset.layer_by_name("layer_styles").expect("styles");
    let index = |field: &str| styles.defn().field_index(field).expect("a field");
    let (qml, of) = (index("styleQML"), index("f_table_name"));
    let style = styles.features().next().expect("a style");
    assert_eq!(style.field_as_string(qml).expect("text").as_deref(), Some("<qgis/>"));
    assert_eq!(style.field_as_string(of).expect("text").as_deref(), Some("violations-cercles"));
}

#[test]
fn a_shapefile_says_its_coding_and_its_whole_names() {
    let meta = meta();
    let bytes = table(&meta).write(VectorForm::Shapefile).expect("written");
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip");
    let names: Vec<String> = zip.file_names().map(|n| n.expect("a name").into_owned()).collect();
    for ending in ["shp", "shx", "dbf", "prj", "cpg"] {
        assert!(names.contains(&format!("violations-cercles.{ending}")), "{names:?}");
    }
    let mut text = |name: &str| std::io::read_to_string(zip.by_name(name).expect(name)).expect("UTF-8");
    assert_eq!(text("violations-cercles.cpg").trim(), "UTF-8");
    assert!(text("fields.csv").contains("outside_co,outside_coverage\r\n"));
    assert!(text("metadata.txt").contains("CC BY"));
}

#[test]
fn geoparquet_reads_back_with_its_geometry_and_where_it_comes_from() {
    use ::parquet::file::reader::{FileReader as _, SerializedFileReader};
    use ::parquet::record::Field;
    let meta = meta();
    let bytes = table(&meta).write_parquet().expect("written");
    assert!(bytes == table(&meta).write_parquet().expect("again"));
    let reader = SerializedFileReader::new(axum::body::Bytes::from(bytes)).expect("Parquet");
    let own = reader.metadata().file_metadata().key_value_metadata().expect("metadata");
    let value = |key: &str| own.iter().find(|k| k.key == key).and_then(|k| k.value.clone()).expect(key);
    assert_eq!(value("vigie:licence"), "CC BY");
    let geo: serde_json::Value = serde_json::from_str(&value("geo")).expect("JSON");
    assert_eq!((&geo["version"], &geo["columns"]["geometry"]["encoding"]), (&"1.1.0".into(), &"WKB".into()));
    let rows: Vec<_> = reader.get_row_iter(None).expect("rows").collect::<Result<_, _>>().expect("rows");
    let field = |row: usize, name: &str| {
        rows[row].get_column_iter().find(|(n, _)| *n == name).map(|(_, f)| f.clone()).expect(name)
    };
    assert_eq!((field(0, "value"), field(1, "value")), (Field::Long(0), Field::Null));
    assert_eq!((field(0, "name"), field(0, "outside_coverage")), (Field::Str("Ménaka".into()), Field::Bool(true)));
    let Field::Bytes(wkb) = field(0, "geometry") else { unreachable!("bytes") };
    assert!((Geometry::from_wkb(wkb.data()).expect("WKB").area() - 4.0).abs() < 1e-9);
}

#[test]
fn a_geometry_that_is_none_is_an_error_and_a_long_text_is_cut_at_a_character() {
    let meta = meta();
    let mut broken = table(&meta);
    broken.rows[0].geometry = Some("{}");
    assert!(broken.write(VectorForm::FlatGeobuf).is_err());
    let long = "é".repeat(200);
    assert_eq!(fitting(&long).chars().count(), 127);
}
