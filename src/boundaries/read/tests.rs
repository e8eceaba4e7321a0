//! The reader on small made-up files and, where it is there, on the real data of `../shared/data`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::domain::Severity;

/// The folder of real data; says so and gives none where it is absent.
fn shared(parts: &[&str]) -> Option<Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if !root.is_dir() {
        eprintln!("skipped: ../shared/data is absent");
        return None;
    }
    Some(parts.iter().map(|p| root.join(p)).collect())
}

fn counts(report: &ReadReport) -> [usize; 3] {
    Level::ALL.map(|l| report.units.iter().filter(|u| u.level == l).count())
}

fn name_of<'a>(report: &'a ReadReport, pcode: &str) -> &'a str {
    report.units.iter().find(|u| &*u.pcode == pcode).map_or("?", |u| &u.name)
}

fn coded<'a>(report: &'a ReadReport, code: &str) -> Vec<&'a Finding> {
    report.findings.iter().filter(|f| f.code == code).collect()
}

/// Every unit below level 1 has its parent, a valid shape, an area and a label in its own polygon.
fn assert_sound(report: &ReadReport) {
    use gdal::vector::ToGdal;
    use geo::Contains;
    let levels: BTreeMap<&str, Level> = report.units.iter().map(|u| (&*u.pcode, u.level)).collect();
    for unit in &report.units {
        assert!(unit.shape.to_gdal().expect("a polygon").is_valid(), "{}", unit.pcode);
        assert!(unit.area.0 > 0.0, "{}", unit.pcode);
        let label = geo::Coord { x: unit.label.lon(), y: unit.label.lat() };
        assert!(unit.shape.contains(&label), "{}", unit.pcode);
        if let Some(level) = unit.level.parent() {
            let parent = unit.parent.as_deref().expect("a parent");
            assert_eq!(levels.get(parent), Some(&level), "{}", unit.pcode);
        }
    }
}

#[test]
fn mali_2019_has_9_regions_50_cercles_and_701_communes() {
    let Some(files) =
        shared(&["mli_cod_2019/mli_adm3.geojson", "mli_cod_2019/mli_adm1.geojson", "mli_cod_2019/mli_adm2.geojson"])
    else {
        return;
    };
    let report = read_units(&files, &ReadOptions::default(), Lang::Fr).expect("Mali");
    assert_eq!(counts(&report), [9, 50, 701]);
    assert_sound(&report);
    assert_eq!(name_of(&report, "ML080101"), "Abéïbara");
    assert_eq!(report.files[2].names.first().map(String::as_str), Some("admin3Name_fr"));
    assert_eq!(report.files[2].parent, ParentSource::Column("admin2Pcode".to_owned()));
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
}

#[test]
fn burkina_faso_has_13_45_351_with_communes_as_topojson_nested_by_code() {
    let Some(files) =
        shared(&["bfa_cod_2018/bfa_adm1.geojson", "bfa_cod_2018/bfa_adm2.geojson", "bfa_cod_2018/bfa_adm3.topojson"])
    else {
        return;
    };
    let report = read_units(&files, &ReadOptions::default(), Lang::Fr).expect("Burkina Faso");
    assert_eq!(counts(&report), [13, 45, 351]);
    assert_sound(&report);
    assert_eq!(report.files[2].parent, ParentSource::CodePrefix);
    assert_eq!(name_of(&report, "BF550301"), "Absouya");
    eprintln!("{:#?}", report.findings);
}

#[test]
fn niger_has_8_67_266_its_outline_is_left_aside_and_its_names_keep_their_accents() {
    let Some(files) = shared(&[
        "ner_cod_2023/NER_admbnda_adm0_IGNN_20230720.shp",
        "ner_cod_2023/NER_admbnda_adm1_IGNN_20230720.shp",
        "ner_cod_2023/NER_admbnda_adm2_IGNN_20230720.shp",
        "ner_cod_2023/NER_admbnda_adm3_IGNN_20230720.shp",
    ]) else {
        return;
    };
    let report = read_units(&files, &ReadOptions::default(), Lang::Fr).expect("Niger");
    assert_eq!(counts(&report), [8, 67, 266]);
    assert_sound(&report);
    assert_eq!(name_of(&report, "NE006"), "Tillabéri");
    assert_eq!(coded(&report, "OUTLINE_SKIPPED").len(), 1);
    assert!(!coded(&report, "ENCODING_ASSUMED").is_empty());
    eprintln!("{:#?}", report.findings);
}

#[test]
fn the_menaka_shapefiles_have_10_and_53_with_the_full_code_column_and_one_repair() {
    let Some(files) = shared(&["mli_menaka_2020/mli_adm1_withMenaka.shp", "mli_menaka_2020/mli_adm2_withMenaka.shp"])
    else {
        return;
    };
    let report = read_units(&files, &ReadOptions::default(), Lang::En).expect("Mali with Ménaka");
    assert_eq!(counts(&report), [10, 53, 0]);
    assert_sound(&report);
    assert_eq!(report.files[1].code, "admin2Pcod");
    assert_eq!(name_of(&report, "ML1001"), "Anderamboukane");
    assert_eq!(coded(&report, "GEOMETRY_REPAIRED").len(), 1);
    eprintln!("{:#?}", report.findings);
}

#[test]
fn the_quantised_topojson_has_17_repairs_each_with_its_reason_and_is_valid_afterwards() {
    let Some(files) = shared(&[
        "mli_cod_2019/mli_adm1.geojson",
        "mli_cod_2019/mli_adm2.geojson",
        "mli_cod_2019/mli_adm3_quantised_invalid.topojson",
    ]) else {
        return;
    };
    let report = read_units(&files, &ReadOptions::default(), Lang::Fr).expect("Mali, quantised");
    assert_eq!(counts(&report), [9, 50, 701]);
    assert_sound(&report);
    let repairs = coded(&report, "GEOMETRY_REPAIRED");
    assert_eq!(repairs.len(), 17);
    assert!(repairs.iter().all(|f| f.severity == Severity::Warning && f.value.is_some()));
    assert!(repairs.iter().all(|f| !f.message.contains("(invalid)")), "{repairs:#?}");
    assert_eq!(report.files[2].repaired, 17);
    assert_eq!(coded(&report, "NAME_MISSING").len(), 1);
}

#[test]
fn shipped_sets_are_read_from_bytes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("geodata/mli-2021");
    let bytes =
        ["adm1.geojson", "adm2.geojson", "adm3.geojson"].map(|f| (f, fs::read(folder.join(f)).expect("shipped")));
    let files: Vec<(&str, &[u8])> = bytes.iter().map(|(f, b)| (*f, b.as_slice())).collect();
    let report = read_bytes(&files, &ReadOptions::default(), Lang::Fr).expect("mli-2021");
    assert_eq!(counts(&report), [10, 53, 701]);
    assert_sound(&report);
    assert_eq!(name_of(&report, "ML1001"), "Ménaka");
}

const SQUARE: &str = r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1],[0,0]]]}"#;

/// A GeoJSON of squares side by side; `properties` as JSON, one a feature.
fn squares(properties: &[&str]) -> String {
    let features: Vec<String> = properties
        .iter()
        .enumerate()
        .map(|(k, p)| {
            let (a, b) = (k, k + 1);
            format!(
                r#"{{"type":"Feature","properties":{p},"geometry":{{"type":"Polygon","coordinates":[[[{a},0],[{b},0],[{b},1],[{a},1],[{a},0]]]}}}}"#
            )
        })
        .collect();
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","))
}

fn read_one(name: &str, text: &str) -> Result<ReadReport, BoundaryError> {
    read_bytes(&[(name, text.as_bytes())], &ReadOptions::default(), Lang::Fr)
}

#[test]
fn names_are_trimmed_and_composed() {
    let report = read_one("adm1.geojson", &squares(&[r#"{"pcode":" X1 ","name":" Se\u0301gou "}"#])).expect("one unit");
    assert_eq!((&*report.units[0].pcode, &*report.units[0].name), ("X1", "Ségou"));
}

#[test]
fn missing_and_doubled_codes_are_refused_with_the_column() {
    let missing = read_one("adm1.geojson", &squares(&[r#"{"pcode":"X1","name":"A"}"#, r#"{"pcode":null,"name":"B"}"#]));
    assert!(matches!(missing, Err(BoundaryError::MissingCode { count: 1, .. })), "{missing:?}");
    let doubled = read_one("adm1.geojson", &squares(&[r#"{"pcode":"X1","name":"A"}"#, r#"{"pcode":"X1","name":"B"}"#]));
    assert!(matches!(doubled, Err(BoundaryError::DuplicateCode { count: 1, .. })), "{doubled:?}");
}

#[test]
fn a_feature_without_polygon_is_refused_by_its_code() {
    for geometry in ["null", r#"{"type":"Point","coordinates":[0,0]}"#, r#"{"type":"Polygon","coordinates":[]}"#] {
        let text = format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"pcode":"X1","name":"A"}},"geometry":{geometry}}}]}}"#
        );
        let error = read_one("adm1.geojson", &text).expect_err("refused");
        assert!(matches!(&error, BoundaryError::NoPolygon { unit, .. } if unit == "X1"), "{error:?}");
    }
}

#[test]
fn projected_coordinates_in_geojson_are_refused_and_read_with_a_crs() {
    let text = squares(&[r#"{"pcode":"X1","name":"A"}"#])
        .replace("[0,0]", "[500000,1500000]")
        .replace("[1,0]", "[501000,1500000]")
        .replace("[1,1]", "[501000,1501000]")
        .replace("[0,1]", "[500000,1501000]");
    assert!(matches!(read_one("adm1.geojson", &text), Err(BoundaryError::OffTheEarth { .. })));
    let options = ReadOptions { crs: Some("EPSG:32630".to_owned()), ..ReadOptions::default() };
    let report = read_bytes(&[("adm1.geojson", text.as_bytes())], &options, Lang::Fr).expect("UTM 30 N");
    let unit = &report.units[0];
    assert!((unit.label.lon() + 3.0).abs() < 0.02 && (unit.label.lat() - 13.57).abs() < 0.02, "{:?}", unit.label);
    assert!((unit.area.0 - 1.0).abs() < 0.01, "{:?}", unit.area);
    let wrong = ReadOptions { crs: Some("http://example.org".to_owned()), ..ReadOptions::default() };
    let refused = read_bytes(&[("adm1.geojson", text.as_bytes())], &wrong, Lang::Fr);
    assert!(matches!(refused, Err(BoundaryError::BadCrs { .. })));
}

#[test]
fn files_that_are_not_what_their_names_say_are_refused() {
    for name in ["a.geojson", "a.topojson", "a.gpkg", "a.fgb", "a.zip"] {
        let error = read_bytes(&[(name, b"%PDF-1.7")], &ReadOptions::default(), Lang::Fr).expect_err("refused");
        assert!(matches!(error, BoundaryError::NotWhatItSays { .. }), "{name}: {error:?}");
    }
    let feature = format!(r#"{{"type":"Feature","properties":{{}},"geometry":{SQUARE}}}"#);
    assert!(matches!(read_one("a.geojson", &feature), Err(BoundaryError::NotWhatItSays { .. })));
    assert!(matches!(read_one("a.xlsx", ""), Err(BoundaryError::UnknownFormat { .. })));
    let empty = r#"{"type":"FeatureCollection","features":[]}"#;
    assert!(matches!(read_one("adm1.geojson", empty), Err(BoundaryError::Empty { .. })));
    let whole = squares(&[r#"{"pcode":"X1","name":"A"}"#]);
    assert!(matches!(read_one("adm1.geojson", &whole[..whole.len() - 3]), Err(BoundaryError::Damaged { .. })));
}

#[test]
fn limits_are_kept() {
    let text = squares(&[r#"{"pcode":"X1","name":"A"}"#, r#"{"pcode":"X2","name":"B"}"#]);
    let limited = |limits: Limits| {
        let options = ReadOptions { limits, ..ReadOptions::default() };
        read_bytes(&[("adm1.geojson", text.as_bytes())], &options, Lang::Fr)
    };
    let all = Limits::default();
    assert!(limited(Limits { features: 2, vertices: 10, ..all }).is_ok());
    for limits in [Limits { features: 1, ..all }, Limits { vertices: 9, ..all }, Limits { file_bytes: 100, ..all }] {
        assert!(matches!(limited(limits), Err(BoundaryError::TooLarge { .. })), "{limits:?}");
    }
}

#[test]
fn parents_without_column_or_prefix_are_found_by_area_and_a_stray_child_is_refused() {
    let regions = squares(&[r#"{"adm1_pcode":"R1","adm1_fr":"Un"}"#, r#"{"adm1_pcode":"R2","adm1_fr":"Deux"}"#]);
    let cercles = squares(&[r#"{"adm2_pcode":"C1","adm2_fr":"A"}"#, r#"{"adm2_pcode":"C2","adm2_fr":"B"}"#]);
    let files: [(&str, &[u8]); 2] = [("c.geojson", cercles.as_bytes()), ("r.geojson", regions.as_bytes())];
    let report = read_bytes(&files, &ReadOptions::default(), Lang::Fr).expect("two levels");
    let parents: Vec<_> = report.units.iter().filter_map(|u| u.parent.as_deref()).collect();
    assert_eq!((parents, report.files[1].parent.clone()), (vec!["R1", "R2"], ParentSource::Area));
    let far = cercles.replace("[1,1]", "[1,51]").replace("[0,", "[40,").replace("[1,", "[41,").replace("[2,", "[42,");
    let files: [(&str, &[u8]); 2] = [("c.geojson", far.as_bytes()), ("r.geojson", regions.as_bytes())];
    let error = read_bytes(&files, &ReadOptions::default(), Lang::Fr).expect_err("stray");
    assert!(matches!(error, BoundaryError::NoParent { .. }), "{error:?}");
}

#[test]
fn a_child_that_reaches_out_of_its_parent_is_said() {
    let regions = squares(&[r#"{"adm1_pcode":"R1","adm1_fr":"Un"}"#]);
    let cercles = squares(&[r#"{"adm2_pcode":"R101","adm2_fr":"A"}"#]).replace("[1,", "[1.5,");
    let files: [(&str, &[u8]); 2] = [("r.geojson", regions.as_bytes()), ("c.geojson", cercles.as_bytes())];
    let report = read_bytes(&files, &ReadOptions::default(), Lang::Fr).expect("two levels");
    let said = coded(&report, "OUTSIDE_PARENT");
    assert_eq!(said.len(), 1);
    assert!(said[0].message.contains("33,3"), "{}", said[0].message);
}

#[test]
fn several_files_without_a_word_on_levels_are_ordered_by_code_length() {
    let regions = squares(&[r#"{"code":"R1","nom":"Un"}"#]);
    let cercles = squares(&[r#"{"code":"R101","nom":"A"}"#]);
    let files: [(&str, &[u8]); 2] = [("b.geojson", cercles.as_bytes()), ("a.geojson", regions.as_bytes())];
    let report = read_bytes(&files, &ReadOptions::default(), Lang::Fr).expect("two levels");
    assert_eq!(counts(&report), [1, 1, 0]);
    assert!(matches!(read_one("a.geojson", &regions), Err(BoundaryError::UnknownLevel { .. })));
    let two: [(&str, &[u8]); 2] = [("adm1.geojson", regions.as_bytes()), ("x_adm1.geojson", cercles.as_bytes())];
    assert!(matches!(read_bytes(&two, &ReadOptions::default(), Lang::Fr), Err(BoundaryError::SameLevel { .. })));
}

#[test]
fn columns_named_by_the_caller_are_used_or_refused() {
    let text = squares(&[r#"{"foo":"X1","bar":"Un"}"#]);
    let named = |code: &str| ReadOptions {
        level: Some(Level::Region),
        code: Some(code.to_owned()),
        name: Some("BAR".to_owned()),
        ..ReadOptions::default()
    };
    let report = read_bytes(&[("a.geojson", text.as_bytes())], &named("foo"), Lang::Fr).expect("named columns");
    assert_eq!((&*report.units[0].pcode, &*report.units[0].name), ("X1", "Un"));
    let refused = read_bytes(&[("a.geojson", text.as_bytes())], &named("baz"), Lang::Fr);
    assert!(matches!(refused, Err(BoundaryError::UnknownColumn { .. })));
    assert!(matches!(read_one("adm1.geojson", &text), Err(BoundaryError::NoCodeColumn { .. })));
}

/// Writes the squares with GDAL in another format and gives the file.
fn converted(folder: &Path, driver: &str, file: &str, epsg: Option<u32>) -> PathBuf {
    use gdal::spatial_ref::SpatialRef;
    use gdal::vector::{Geometry, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType};
    let path = folder.join(file);
    let driver = gdal::DriverManager::get_driver_by_name(driver).expect("driver");
    let mut dataset = driver.create_vector_only(&path).expect("file");
    let srs = epsg.map(|e| SpatialRef::from_epsg(e).expect("known"));
    let layer = dataset
        .create_layer(LayerOptions {
            name: "adm1",
            srs: srs.as_ref(),
            ty: OGRwkbGeometryType::wkbPolygon,
            ..LayerOptions::default()
        })
        .expect("layer");
    layer
        .create_defn_fields(&[("ADM1_PCODE", OGRFieldType::OFTString), ("ADM1_FR", OGRFieldType::OFTString)])
        .expect("fields");
    for (k, (code, name)) in [("R1", "Ségou"), ("R2", "Gao"), ("R3", "Ménaka")].into_iter().enumerate() {
        let (a, b) = (k, k + 1);
        let geometry = Geometry::from_wkt(&format!("POLYGON (({a} 0,{b} 0,{b} 1,{a} 1,{a} 0))")).expect("square");
        let fields = [("ADM1_PCODE", code), ("ADM1_FR", name)];
        let mut feature = gdal::vector::Feature::new(layer.defn()).expect("feature");
        for (field, value) in fields {
            let at = feature.field_index(field).expect("field");
            feature.set_field_string(at, value).expect("text");
        }
        feature.set_geometry(geometry).expect("geometry");
        feature.create(&layer).expect("written");
    }
    dataset.close().expect("closed");
    path
}

#[test]
fn geopackage_flatgeobuf_shapefile_and_zip_read_alike() {
    let folder = tempfile::tempdir().expect("folder");
    let mut files = vec![
        converted(folder.path(), "GPKG", "a.gpkg", Some(4326)),
        converted(folder.path(), "FlatGeobuf", "a.fgb", Some(4326)),
        converted(folder.path(), "ESRI Shapefile", "a.shp", Some(4326)),
    ];
    let zip = folder.path().join("a.zip");
    let mut writer = zip::ZipWriter::new(fs::File::create(&zip).expect("zip"));
    for part in ["shp", "shx", "dbf", "prj"] {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(format!("dossier/adm1.{part}"), options).expect("member");
        let bytes = fs::read(folder.path().join("a").with_extension(part)).expect("part");
        std::io::Write::write_all(&mut writer, &bytes).expect("written");
    }
    writer.finish().expect("zip");
    files.push(zip);
    let before = fs::read_dir(folder.path()).expect("folder").count();
    for file in files {
        let report = read_units(std::slice::from_ref(&file), &ReadOptions::default(), Lang::Fr)
            .unwrap_or_else(|e| unreachable!("{}: {e}", file.display()));
        let got: Vec<_> = report.units.iter().map(|u| (&*u.pcode, &*u.name)).collect();
        assert_eq!(got, [("R1", "Ségou"), ("R2", "Gao"), ("R3", "Ménaka")], "{}", file.display());
        assert_sound(&report);
    }
    assert_eq!(fs::read_dir(folder.path()).expect("folder").count(), before, "nothing written beside");
}

#[test]
fn a_shapefile_without_prj_is_refused_unless_the_crs_is_said() {
    let folder = tempfile::tempdir().expect("folder");
    let files = [converted(folder.path(), "ESRI Shapefile", "adm1.shp", None)];
    let refused = read_units(&files, &ReadOptions::default(), Lang::Fr);
    assert!(matches!(refused, Err(BoundaryError::MissingCrs { .. })), "{refused:?}");
    let options = ReadOptions { crs: Some("EPSG:4326".to_owned()), ..ReadOptions::default() };
    assert_eq!(read_units(&files, &options, Lang::Fr).expect("with --crs").units.len(), 3);
}

#[test]
fn a_truncated_file_is_refused_whatever_its_format() {
    let folder = tempfile::tempdir().expect("folder");
    for (driver, file) in [("ESRI Shapefile", "adm1.shp"), ("FlatGeobuf", "adm1.fgb"), ("GPKG", "adm1.gpkg")] {
        let path = converted(folder.path(), driver, file, Some(4326));
        let parts: &[&str] = if driver == "ESRI Shapefile" { &["shp", "shx", "dbf"] } else { &[""] };
        for part in parts {
            let cut = if part.is_empty() { path.clone() } else { path.with_extension(part) };
            let whole = fs::read(&cut).expect("whole");
            let keep = if part.is_empty() { whole.len() * 9 / 10 } else { whole.len() - 20 };
            fs::write(&cut, &whole[..keep]).expect("cut");
            let error =
                read_units(std::slice::from_ref(&path), &ReadOptions::default(), Lang::Fr).expect_err("refused");
            let fits = matches!(error, BoundaryError::Damaged { .. } | BoundaryError::Unreadable { .. });
            assert!(fits, "{}: {error:?}", cut.display());
            fs::write(&cut, &whole).expect("restored");
        }
    }
    let shp = [folder.path().join("adm1.shp")];
    fs::remove_file(folder.path().join("adm1.dbf")).expect("removed");
    let error = read_units(&shp, &ReadOptions::default(), Lang::Fr).expect_err("refused");
    assert!(matches!(error, BoundaryError::MissingPart { part: "dbf", .. }), "{error:?}");
}

#[test]
fn rows_marked_as_deleted_are_no_units() {
    let folder = tempfile::tempdir().expect("folder");
    let shp = [converted(folder.path(), "ESRI Shapefile", "adm1.shp", Some(4326))];
    let dbf = folder.path().join("adm1.dbf");
    let mut bytes = fs::read(&dbf).expect("table");
    let head = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    bytes[head] = b'*';
    fs::write(&dbf, bytes).expect("marked");
    let report = read_units(&shp, &ReadOptions::default(), Lang::Fr).expect("two left");
    assert_eq!(report.units.iter().map(|u| &*u.pcode).collect::<Vec<_>>(), ["R2", "R3"]);
}
