//! What the fuzz targets run: bytes in, no panic and no broken account out.

use std::io::{Cursor, Write as _};
use std::sync::{Arc, LazyLock};

use crate::boundaries::{BoundarySet, Gazetteer, NameKey, SetInfo, Unit, parse_aliases};
use crate::domain::{GeometryKind, Lang, Level, SetId, Theme};
use crate::ingest::{self, ImportContext, Limits, Locale, Profile, Reading, SetPlaces, shipped_profiles};

/// A small theme: the columns that have readers of their own.
static THEME: LazyLock<Theme> = LazyLock::new(|| Theme::parse(include_str!("theme.toml")).expect("a theme"));

static SETS: LazyLock<[Arc<BoundarySet>; 1]> = LazyLock::new(|| {
    let unit = |code: &str, name: &str, parent: Option<&str>, west: f64| Unit {
        pcode: code.into(),
        name: name.into(),
        level: Level::ALL[code.len() / 2 - 2],
        parent: parent.map(Into::into),
        shape: geo::MultiPolygon(vec![geo::Rect::new((west, 10.0), (west + 1.0, 11.0)).to_polygon()]),
        area: crate::spatial::SquareKm(1.0),
        label: crate::spatial::LonLat::new(west + 0.5, 10.5).expect("in range"),
        bbox: crate::spatial::Bbox { west, south: 10.0, east: west + 1.0, north: 11.0 },
    };
    let info = SetInfo {
        id: SetId::new("tst-1").expect("an id"),
        title_fr: String::new(),
        title_en: String::new(),
        country: "MLI".into(),
        geometry: GeometryKind::Surveyed,
        valid_from: None,
        origin: String::new(),
        licence: String::new(),
    };
    let units = vec![
        unit("ML07", "Gao", None, 0.0),
        unit("ML0701", "Gao", Some("ML07"), 0.0),
        unit("ML070101", "Gao", Some("ML0701"), 0.0),
        unit("ML0702", "N’Koumandougou", Some("ML07"), 1.0),
        unit("ML070201", "Andéramboukane", Some("ML0702"), 1.0),
    ];
    [Arc::new(BoundarySet::new(info, units))]
});

static PLACES: LazyLock<SetPlaces> = LazyLock::new(|| SetPlaces::build(&*SETS, &[], false));
static GAZETTEER: LazyLock<Gazetteer> = LazyLock::new(|| Gazetteer::build(&SETS[0], &[]));
static VIGIE: LazyLock<Arc<Profile>> = LazyLock::new(|| shipped_profiles()[0].clone());

fn read(theme: &Theme, bytes: &[u8], name: &str, reading: &Reading) {
    let ctx = ImportContext {
        theme,
        sets: &*SETS,
        places: &*PLACES,
        lang: Lang::Fr,
        today: jiff::civil::Date::constant(2021, 7, 1),
        synthetic: false,
        default_source: "",
        reading,
        limits: Limits { bytes: 1 << 20, unpacked_bytes: 1 << 22, part_bytes: 1 << 21, ..Limits::default() },
    };
    if let Ok(done) = ingest::read(bytes, name, &ctx) {
        assert_eq!(done.rows_in, done.facts.len() + done.rejected_rows + done.skipped_rows);
        let rejects = done.findings.iter().filter(|f| f.severity == crate::domain::Severity::Reject).count();
        assert!(rejects >= done.rejected_rows);
    }
}

/// A text file; the first byte chooses how it is read.
pub fn csv(data: &[u8]) {
    let Some((how, bytes)) = data.split_first() else { return };
    // Most runs are of the plain profile, which is the fastest to set up.
    let profile = match how % 16 {
        k @ 1..=5 => shipped_profiles().get(usize::from(k)).cloned(),
        6 if bytes.first().is_some_and(|b| b % 8 == 0) => None,
        _ => Some(VIGIE.clone()),
    };
    let locale = [None, Some(Locale::Fr), Some(Locale::EnUs), Some(Locale::Iso)][usize::from(how / 16 % 4)];
    read(&THEME, bytes, "f.csv", &Reading { profile, locale, sheet: None });
}

type Part<'a> = (&'a str, Option<&'a [u8]>);

/// A workbook whose parts are the data: checksums and compression of an archive would keep a fuzzer out.
pub fn xlsx(data: &[u8]) {
    // A panic of the third-party reader is caught by the library and becomes « damaged »; one that is not caught still ends
    // the process, since it would have to unwind through the fuzzer.
    #[cfg(fuzzing)]
    {
        static QUIET: std::sync::Once = std::sync::Once::new();
        QUIET.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    }
    let reading = Reading { profile: Some(VIGIE.clone()), ..Reading::default() };
    let Some((how, bytes)) = data.split_first() else { return };
    let part = |index: usize| bytes.split(|b| *b == 0xff).nth(index);
    let (name, parts): (&str, [Part<'_>; 4]) = match how % 4 {
        0 => return read(&THEME, bytes, "f.xlsx", &reading),
        1 => return read(&THEME, bytes, "f.xls", &reading),
        2 => (
            "f.ods",
            [
                ("mimetype", Some(b"application/vnd.oasis.opendocument.spreadsheet")),
                ("content.xml", part(0)),
                ("", None),
                ("", None),
            ],
        ),
        _ => (
            "f.xlsx",
            [
                ("xl/worksheets/sheet1.xml", part(0)),
                ("xl/sharedStrings.xml", part(1)),
                ("xl/styles.xml", part(2)),
                ("xl/workbook.xml", part(3).or(Some(include_bytes!("workbook.xml")))),
            ],
        ),
    };
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::DEFAULT.compression_method(zip::CompressionMethod::Stored);
    let mut add = |name: &str, bytes: &[u8]| {
        archive.start_file(name, stored).expect("a name");
        archive.write_all(bytes).expect("memory");
    };
    for (name, bytes) in parts {
        if let Some(bytes) = bytes {
            add(name, bytes);
        }
    }
    if name == "f.xlsx" {
        add("xl/_rels/workbook.xml.rels", include_bytes!("workbook.xml.rels"));
        add("_rels/.rels", include_bytes!("package.xml.rels"));
        add("[Content_Types].xml", include_bytes!("content_types.xml"));
    }
    let bytes = archive.finish().expect("memory").into_inner();
    read(&THEME, &bytes, name, &reading);
}

/// A profile file, and a small table read by it.
pub fn profiles(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (profile, table) = text.split_once("\n---\n").unwrap_or((text, "id;date;kinds\na;17/06/2021;x\n"));
    match Profile::parse(profile, ingest::shipped_themes()) {
        Ok(profile) => {
            read(
                &THEME,
                table.as_bytes(),
                "f.csv",
                &Reading { profile: Some(Arc::new(profile)), ..Reading::default() },
            );
        }
        Err(e) => assert!(!e.to_string().is_empty()),
    }
}

/// Cells of dates and numbers.
pub fn dates(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        ingest::read_cells(text);
    }
}

/// Names of places.
pub fn names(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut parts = text.split('\n');
    let (a, b, c) = (parts.next(), parts.next(), parts.next());
    let key = NameKey::of(text);
    assert_eq!(NameKey::of(key.as_str()).as_str(), key.as_str(), "a key is its own key");
    let _ = GAZETTEER.resolve(a, b, c);
    if text.starts_with("alias,") {
        let _ = parse_aliases(text);
    }
}
