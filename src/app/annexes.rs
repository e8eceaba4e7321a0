//! Writing the annexes of a period: which, in which formats, under which names.

use std::path::{Path, PathBuf};

use super::annex::{Annex, AnnexRequest, annex_page, annex_table, period_text};
use super::{AppError, LayerSource as _, Service};
use crate::domain::{Lang, Period, SetId};
use crate::render::{Page, Sheet};

/// Which annexes to write, and how.
pub struct AnnexJob<'a> {
    /// Period as written: `2021-06`, `latest`.
    pub period: &'a str,
    /// Directory to write to; made where it is not.
    pub out: &'a Path,
    /// Which annexes, in the report's order; the six of the report where none is named.
    pub annexes: &'a [Annex],
    /// `pdf`, `png`, `svg`, `xlsx`, `csv`; an annex is written in those it has.
    pub formats: &'a [String],
    /// Whether one PDF of all of them is written too.
    pub merged: bool,
    /// Boundary set; the store's default where none.
    pub set: Option<&'a SetId>,
    /// Source counted; `monitoring` where none.
    pub source: Option<&'a str>,
    /// Resolution of the PNG.
    pub dpi: u16,
    /// The sheet.
    pub sheet: Sheet,
    /// Whether annex 1 colours its circles by rate.
    pub rates: bool,
    /// Date of creation printed; the data version's where none.
    pub date: Option<jiff::civil::Date>,
    /// Language.
    pub lang: Lang,
    /// Whether workbooks and CSV carry the row of HXL tags.
    pub hxl: bool,
}

/// A file of an annex.
#[derive(Debug, Clone)]
pub struct AnnexFile {
    /// Its name after OCHA's pattern: `MLI003_mali_indice-risque_2021-06_fr_a4_20210712.pdf`.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What the web asks of an annex besides its period and file.
#[derive(Debug, Clone)]
pub struct AnnexAsk {
    /// Language.
    pub lang: Lang,
    /// Boundary set; the store's default where none.
    pub set: Option<SetId>,
    /// Source counted; `monitoring` where none.
    pub source: Option<String>,
    /// The sheet.
    pub sheet: Sheet,
    /// Whether annex 1 colours its circles by rate.
    pub rates: bool,
    /// Resolution of a PNG, 30 to 600.
    pub dpi: u16,
    /// Whether workbooks and CSV carry the row of HXL tags.
    pub hxl: bool,
}

/// A file of the web: `3.pdf` of a period, or all maps of it, `zip`.
pub(super) fn asked_file(service: &Service, period: &str, file: &str, ask: &AnnexAsk) -> Result<AnnexFile, AppError> {
    let request = AnnexRequest {
        period: service.parse_period(period)?,
        set: ask.set.clone(),
        source: ask.source.clone(),
        lang: ask.lang,
        sheet: ask.sheet,
        date: None,
        rates: ask.rates,
        page: (1, 1),
        hxl: ask.hxl,
    };
    if file == "zip" {
        return zipped(service, &request, ask.dpi);
    }
    let found = file.split_once('.').and_then(|(n, f)| Some((Annex::of(n)?, f)));
    let found = found.filter(|(annex, f)| annex.formats().contains(f));
    let Some((annex, format)) = found else {
        let numbers: Vec<&str> = Annex::ALL.iter().chain(&Annex::BESIDES).map(|a| a.number()).collect();
        return Err(AppError::NotFound(format!(
            "« {} »: {{{}}}.{{{}}}",
            file.chars().take(40).collect::<String>(),
            numbers.join("|"),
            FORMATS.join("|")
        )));
    };
    let name = format!("{}.{format}", file_stem(service, &request, Some(annex))?);
    let bytes = if TABLES.contains(&format) {
        annex_table(service, annex, &request, format)?
    } else {
        page_bytes(&annex_page(service, annex, &request)?, format, ask.dpi)?
    };
    Ok(AnnexFile { name, bytes })
}

/// Every annex of the report that may be shown, in every format, with the bound PDF.
fn zipped(service: &Service, request: &AnnexRequest, dpi: u16) -> Result<AnnexFile, AppError> {
    use std::io::Write as _;
    let open = service.snapshot().is_whole();
    let annexes: Vec<Annex> = Annex::ALL.into_iter().filter(|a| open || !a.of_events()).collect();
    let formats = FORMATS.map(str::to_owned);
    let files = annex_files(service, &annexes, request, &formats, dpi, true)?;
    let fault = |e: &dyn std::fmt::Display| AppError::Fault(format!("zip: {e}"));
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    // No clock in outputs: the format's own zero date. The files are compressed already, but for the SVG.
    let options = zip::write::SimpleFileOptions::default()
        .last_modified_time(zip::DateTime::default())
        .compression_method(zip::CompressionMethod::Deflated);
    for file in files {
        zip.start_file(file.name, options).map_err(|e| fault(&e))?;
        zip.write_all(&file.bytes).map_err(|e| fault(&e))?;
    }
    let bytes = zip.finish().map_err(|e| fault(&e))?.into_inner();
    Ok(AnnexFile { name: format!("{}.zip", file_stem(service, request, None)?), bytes })
}

/// The formats of annexes: three of pages, two of tables.
pub const FORMATS: [&str; 5] = ["pdf", "png", "svg", "xlsx", "csv"];
/// Those of tables.
const TABLES: [&str; 2] = ["xlsx", "csv"];

/// Writes the annexes and gives the files written, in the report's order.
pub fn write_annexes(service: &Service, job: &AnnexJob<'_>) -> Result<Vec<PathBuf>, AppError> {
    let request = AnnexRequest {
        period: service.parse_period(job.period)?,
        set: job.set.cloned(),
        source: job.source.map(str::to_owned),
        lang: job.lang,
        sheet: job.sheet,
        date: job.date,
        rates: job.rates,
        page: (1, 1),
        hxl: job.hxl,
    };
    let annexes = if job.annexes.is_empty() { &Annex::ALL[..] } else { job.annexes };
    let files = annex_files(service, annexes, &request, job.formats, job.dpi, job.merged)?;
    std::fs::create_dir_all(job.out).map_err(|e| AppError::Input(format!("{}: {e}", job.out.display())))?;
    let mut written = Vec::new();
    for file in files {
        let path = job.out.join(&file.name);
        std::fs::write(&path, file.bytes).map_err(|e| AppError::Input(format!("{}: {e}", path.display())))?;
        written.push(path);
    }
    Ok(written)
}

/// Makes annexes side by side: each page in every format, and, where asked, one PDF of all. The order is the report's
/// whatever thread was first.
pub fn annex_files(
    service: &Service,
    annexes: &[Annex],
    request: &AnnexRequest,
    formats: &[String],
    dpi: u16,
    merged: bool,
) -> Result<Vec<AnnexFile>, AppError> {
    if let Some(other) = formats.iter().find(|f| !FORMATS.contains(&f.as_str())) {
        return Err(AppError::BadRequest(format!("format « {other} »: {}", FORMATS.join(", "))));
    }
    let total = u32::try_from(annexes.len()).unwrap_or(u32::MAX);
    let one = |k: usize| -> Result<(Option<Page>, Vec<AnnexFile>), AppError> {
        let number = u32::try_from(k + 1).unwrap_or(u32::MAX);
        let request = AnnexRequest { page: (number, total), ..request.clone() };
        let own: Vec<&str> = formats.iter().map(String::as_str).filter(|f| annexes[k].formats().contains(f)).collect();
        let drawn = merged || own.iter().any(|f| !TABLES.contains(f));
        let page = if drawn { Some(annex_page(service, annexes[k], &request)?) } else { None };
        let stem = file_stem(service, &request, Some(annexes[k]))?;
        let mut files = Vec::new();
        for format in own {
            let bytes = match &page {
                Some(page) if !TABLES.contains(&format) => page_bytes(page, format, dpi)?,
                _ => annex_table(service, annexes[k], &request, format)?,
            };
            files.push(AnnexFile { name: format!("{stem}.{format}"), bytes });
        }
        Ok((page, files))
    };
    let made = side_by_side(annexes.len(), &one);
    let (mut pages, mut files) = (Vec::new(), Vec::new());
    for result in made {
        let (page, own) = result?;
        pages.extend(page);
        files.extend(own);
    }
    if merged {
        let pages: Vec<&Page> = pages.iter().collect();
        let bytes = bind(service, &pages, request)?;
        files.push(AnnexFile { name: format!("{}.pdf", file_stem(service, request, None)?), bytes });
    }
    Ok(files)
}

/// A page in a format.
pub fn page_bytes(page: &Page, format: &str, dpi: u16) -> Result<Vec<u8>, AppError> {
    let bytes = match format {
        "pdf" => page.pdf(),
        "png" => page.png(f64::from(dpi)),
        _ => page.svg().map(String::into_bytes),
    };
    bytes.map_err(|e| super::annex::AnnexError::Render(e).into())
}

/// One PDF of several pages.
pub fn bind(service: &Service, pages: &[&Page], request: &AnnexRequest) -> Result<Vec<u8>, AppError> {
    let words = service.kit().words(request.lang).map_err(super::annex::AnnexError::from)?;
    let country = country_word(service, request)?;
    let title =
        words.say("binder_title", &[("country", &country), ("period", &period_text(request.period, request.lang))]);
    let bound = Page::bind(&service.kit().templates, pages, &title).map_err(super::annex::AnnexError::from)?;
    page_bytes(&bound, "pdf", 0)
}

/// Runs jobs on as many threads as the machine has, four at most; results in order.
fn side_by_side<T: Send>(count: usize, job: &(dyn Fn(usize) -> T + Sync)) -> Vec<T> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let done = std::sync::Mutex::new(Vec::with_capacity(count));
    let work = || {
        loop {
            let k = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if k >= count {
                break;
            }
            let made = job(k);
            done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((k, made));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4).min(count.max(1));
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(k, _)| *k);
    done.into_iter().map(|(_, made)| made).collect()
}

fn country_word(service: &Service, request: &AnnexRequest) -> Result<String, AppError> {
    let snapshot = service.snapshot();
    let set = snapshot.set(request.set.as_ref().unwrap_or(&snapshot.default_set))?;
    Ok(super::annex::country(set, request.lang))
}

/// A name after OCHA's pattern for map files: catalogue number (here the country and the annex, 000 for all of them), short
/// name, paper, date of creation.
pub fn file_stem(service: &Service, request: &AnnexRequest, annex: Option<Annex>) -> Result<String, AppError> {
    let snapshot = service.snapshot();
    let set = snapshot.set(request.set.as_ref().unwrap_or(&snapshot.default_set))?;
    let created = request.date.map_or_else(
        || snapshot.created.get(..10).unwrap_or_default().replace('-', ""),
        |d| d.to_string().replace('-', ""),
    );
    Ok(format!(
        "{}{}_{}_{}_{}_{}_{}_{created}",
        if set.info.country.is_empty() { "XXX" } else { &set.info.country },
        annex.map_or("000", Annex::catalogue),
        slug(&super::annex::country(set, Lang::Fr)),
        annex.map_or("annexes", Annex::subject),
        short(request.period),
        request.lang.code(),
        annex.map_or(request.sheet, |a| a.sheet(request.sheet)).key(),
    ))
}

fn short(period: Period) -> String {
    period.to_string().replace('/', "-")
}

/// Small letters, digits and hyphens of a name, accents left off.
fn slug(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    let plain = name.nfd().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).flat_map(char::to_lowercase);
    let mut out = String::new();
    for c in plain {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
    }
    out.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn a_country_in_a_file_name_is_plain() {
        assert_eq!(slug("Côte d’Ivoire"), "cote-d-ivoire");
        assert_eq!(slug("Mali, découpage 2021"), "mali-decoupage-2021");
    }
}
