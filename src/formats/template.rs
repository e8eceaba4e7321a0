//! The workbook that an officer fills in: one sheet of data, one that explains each column, one of terms, one of units.
//!
//! The sheet of data is protected but for the cells to fill in: nobody renames a heading by accident. Lists of units
//! depend on each other: the cercles of the region chosen, the communes of the cercle chosen.

use rust_xlsxwriter::{
    DataValidation, DocProperties, ExcelDateTime, Format, FormatAlign, Formula, ProtectionOptions, Workbook, Worksheet,
    XlsxError,
};

use crate::domain::{Column, ColumnKind, Lang, Term, Theme};

/// A workbook that could not be written; the cause is the writer's own.
#[derive(Debug, thiserror::Error)]
#[error("template: {0}")]
pub struct TemplateError(#[from] XlsxError);

/// Rows that get lists and formats: a month of a large country, many times over.
const FORMATTED_ROWS: u32 = 5_000;

/// The units that a template offers, in any order.
#[derive(Debug, Clone, Default)]
pub struct TemplateUnits {
    /// Names of regions.
    pub regions: Vec<String>,
    /// Region and cercle.
    pub cercles: Vec<[String; 2]>,
    /// Cercle, commune, p-code.
    pub communes: Vec<[String; 3]>,
}

/// Writes the XLSX template of a theme: its columns as headings (in French by their labels, which imports understand),
/// lists on columns of terms and units, codes and dates kept as text, a sheet that explains each column and its
/// terms. The same theme and units give the same bytes.
///
/// # Errors
/// [`TemplateError`] where the theme holds more columns or longer names than a workbook can.
pub fn write_template(theme: &Theme, units: &TemplateUnits, lang: Lang) -> Result<Vec<u8>, TemplateError> {
    let mut book = Workbook::new();
    // A fixed date: the clock never enters an output.
    let made = ExcelDateTime::from_ymd(2021, 1, 1)?;
    let title = lang.pick(theme.title_fr.as_str(), theme.title_en.as_str());
    book.set_properties(&DocProperties::new().set_title(title).set_author("Vigie").set_creation_datetime(&made));
    let terms_sheet = lang.pick("Termes", "Terms");
    let lists = lists(theme);
    data_sheet(book.add_worksheet(), theme, lang, &lists, terms_sheet)?;
    if has_units(theme, units) {
        offer_units(book.worksheet_from_index(0)?, theme, lang)?;
    }
    help_sheet(book.add_worksheet(), theme, lang)?;
    if !lists.is_empty() {
        terms(book.add_worksheet(), &lists, lang, terms_sheet)?;
    }
    if has_units(theme, units) {
        unit_lists(&mut book, units, lang)?;
    }
    Ok(book.save_to_buffer()?)
}

/// The lists of terms that columns use, each once, in column order.
fn lists(theme: &Theme) -> Vec<(&str, &[Term])> {
    let mut lists: Vec<(&str, &[Term])> = Vec::new();
    for name in theme.columns.iter().filter_map(|c| c.terms.as_deref()) {
        if !lists.iter().any(|(known, _)| *known == name) {
            lists.push((name, theme.terms(name)));
        }
    }
    lists
}

fn position(k: usize) -> Result<u16, XlsxError> {
    u16::try_from(k).map_err(|_| XlsxError::RowColumnLimitError)
}

fn data_sheet(
    sheet: &mut Worksheet,
    theme: &Theme,
    lang: Lang,
    lists: &[(&str, &[Term])],
    terms_sheet: &str,
) -> Result<(), XlsxError> {
    sheet.set_name(&theme.id)?;
    let free = Format::new().set_unlocked();
    let text = free.clone().set_num_format("@");
    let heading = Format::new()
        .set_bold()
        .set_background_color(0x00D9_E8F3)
        .set_border_bottom(rust_xlsxwriter::FormatBorder::Thin);
    let required = heading.clone().set_background_color(0x00F3_D9C9);
    for (k, column) in theme.columns.iter().enumerate() {
        let at = position(k)?;
        let head = heading_of(column, lang);
        let width = (head.chars().count() + 3).clamp(10, 40);
        sheet.set_column_width(at, u32::try_from(width).unwrap_or(12))?;
        // P-codes and ids lose their zeros, months and dates their form, unless the column is text.
        sheet.set_column_format(at, if keeps_text(column.kind) { &text } else { &free })?;
        sheet.write_with_format(0, at, head, if column.required { &required } else { &heading })?;
        let list = column.terms.as_deref().and_then(|name| lists.iter().position(|(known, _)| *known == name));
        // An open list or several terms in a cell cannot be held to the list by a spreadsheet.
        if let Some(list) = list.filter(|_| column.kind == ColumnKind::Code) {
            let rows = lists[list].1.len() + 1;
            let letter = rust_xlsxwriter::column_number_to_name(position(list * 2)?);
            let range = format!("={terms_sheet}!${letter}$2:${letter}${rows}");
            let mut validation = DataValidation::new().allow_list_formula(Formula::new(range)).ignore_blank(true);
            if column.open {
                validation = validation.show_error_message(false);
            } else {
                let message = lang.pick("Prenez un terme de la liste.", "Take a term of the list.");
                validation = validation.set_error_message(message)?;
            }
            sheet.add_data_validation(1, at, FORMATTED_ROWS, at, &validation)?;
        } else if column.kind == ColumnKind::Flag {
            let validation = DataValidation::new().allow_list_strings(&["1", "0"])?.ignore_blank(true);
            sheet.add_data_validation(1, at, FORMATTED_ROWS, at, &validation)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.protect_with_options(&ProtectionOptions {
        format_cells: true,
        format_columns: true,
        format_rows: true,
        insert_rows: true,
        delete_rows: true,
        sort: true,
        use_autofilter: true,
        ..ProtectionOptions::new()
    });
    Ok(())
}

/// The heading that an officer reads.
fn heading_of(column: &Column, lang: Lang) -> &str {
    column.label_fr.as_deref().filter(|_| lang == Lang::Fr).unwrap_or(&column.id)
}

fn has_units(theme: &Theme, units: &TemplateUnits) -> bool {
    !units.regions.is_empty() && theme.columns.iter().any(|c| c.kind == ColumnKind::Region)
}

/// The sheet of units and the names by which lists speak of its columns. Cercles stand by region, communes by
/// cercle: those of one parent are a run.
fn unit_lists(book: &mut Workbook, units: &TemplateUnits, lang: Lang) -> Result<(), XlsxError> {
    let name = lang.pick("Unités", "Units");
    let (mut regions, mut cercles, mut communes) =
        (units.regions.clone(), units.cercles.clone(), units.communes.clone());
    regions.sort();
    cercles.sort();
    communes.sort();
    let columns: [(&str, &str, Vec<&String>); 6] = [
        ("vigie_regions", lang.pick("région", "region"), regions.iter().collect()),
        ("vigie_cercle_region", lang.pick("région", "region"), cercles.iter().map(|c| &c[0]).collect()),
        ("vigie_cercles", "cercle", cercles.iter().map(|c| &c[1]).collect()),
        ("vigie_commune_cercle", "cercle", communes.iter().map(|c| &c[0]).collect()),
        ("vigie_communes", "commune", communes.iter().map(|c| &c[1]).collect()),
        ("vigie_pcodes", "p-code", communes.iter().map(|c| &c[2]).collect()),
    ];
    let bold = Format::new().set_bold();
    let sheet = book.add_worksheet();
    sheet.set_name(name)?;
    for (at, (_, head, cells)) in (0_u16..).zip(&columns) {
        sheet.set_column_width(at, 24)?;
        sheet.write_with_format(0, at, *head, &bold)?;
        for (row, cell) in (1_u32..).zip(cells) {
            sheet.write_string(row, at, cell.as_str())?;
        }
    }
    sheet.protect();
    for (at, (defined, _, cells)) in (0_u16..).zip(&columns) {
        let (letter, last) = (rust_xlsxwriter::column_number_to_name(at), cells.len() + 1);
        book.define_name(*defined, &format!("='{name}'!${letter}$2:${letter}${}", last.max(2)))?;
    }
    Ok(())
}

/// Lists on the columns of region, cercle and commune. They offer, they do not hold: another spelling is understood
/// at import, or asked about.
fn offer_units(sheet: &mut Worksheet, theme: &Theme, lang: Lang) -> Result<(), XlsxError> {
    let at = |kind: ColumnKind| theme.columns.iter().position(|c| c.kind == kind).map(position).transpose();
    let units = lang.pick("Unités", "Units");
    let dependent = |parent: u16, of: &str, first: &str, all: &str| {
        let cell = format!("${}2", rust_xlsxwriter::column_number_to_name(parent));
        format!(
            "=IF(ISNUMBER(MATCH({cell},{of},0)),OFFSET('{units}'!{first},MATCH({cell},{of},0),0,COUNTIF({of},{cell}),1),{all})"
        )
    };
    let (region, cercle, commune) = (at(ColumnKind::Region)?, at(ColumnKind::Cercle)?, at(ColumnKind::Commune)?);
    let lists = [
        region.map(|k| (k, "=vigie_regions".to_owned())),
        cercle.zip(region).map(|(k, r)| (k, dependent(r, "vigie_cercle_region", "$C$1", "vigie_cercles"))),
        commune.zip(cercle).map(|(k, c)| (k, dependent(c, "vigie_commune_cercle", "$E$1", "vigie_communes"))),
    ];
    for (k, formula) in lists.into_iter().flatten() {
        let list = DataValidation::new()
            .allow_list_formula(Formula::new(formula))
            .ignore_blank(true)
            .show_error_message(false);
        sheet.add_data_validation(1, k, FORMATTED_ROWS, k, &list)?;
    }
    Ok(())
}

fn keeps_text(kind: ColumnKind) -> bool {
    matches!(
        kind,
        ColumnKind::Pcode
            | ColumnKind::Id
            | ColumnKind::Date
            | ColumnKind::Month
            | ColumnKind::Code
            | ColumnKind::Codes
            | ColumnKind::Set
    )
}

fn help_sheet(sheet: &mut Worksheet, theme: &Theme, lang: Lang) -> Result<(), XlsxError> {
    sheet.set_name(lang.pick("Colonnes", "Columns"))?;
    let bold = Format::new().set_bold();
    let wrap = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let about = lang.pick(theme.title_fr.as_str(), theme.title_en.as_str());
    let version = &theme.version;
    sheet.write_with_format(0, 0, format!("{about} (version {version})"), &bold)?;
    let heads = lang.pick(
        ["colonne", "nécessaire", "contenu", "aussi compris", "termes"],
        ["column", "required", "content", "also understood", "terms"],
    );
    for (k, (head, width)) in heads.iter().zip([24_u32, 11, 70, 50, 70]).enumerate() {
        sheet.set_column_width(position(k)?, width)?;
        sheet.write_with_format(1, position(k)?, *head, &bold)?;
    }
    for (k, column) in theme.columns.iter().enumerate() {
        let row = u32::try_from(k).map_err(|_| XlsxError::RowColumnLimitError)? + 2;
        let required = if column.required { lang.pick("oui", "yes") } else { "" };
        let help = lang.pick(column.help_fr.as_str(), column.help_en.as_str());
        let known = std::iter::once(column.id.as_str()).chain(column.headings.iter().map(String::as_str));
        let known = known.collect::<Vec<_>>().join(", ");
        let cells = [heading_of(column, lang), required, help, &known, &allowed(theme, column, lang)];
        for (at, text) in cells.into_iter().enumerate() {
            sheet.write_with_format(row, position(at)?, text, &wrap)?;
        }
    }
    sheet.set_freeze_panes(2, 1)?;
    Ok(())
}

/// The terms of a column in one cell: « A1 : Déplacement… » a line.
fn allowed(theme: &Theme, column: &Column, lang: Lang) -> String {
    let Some(list) = column.terms.as_deref() else { return String::new() };
    let colon = lang.pick("\u{a0}:", ":");
    theme.terms(list).iter().map(|t| format!("{}{colon} {}", t.code, label(t, lang))).collect::<Vec<_>>().join("\n")
}

fn label(term: &Term, lang: Lang) -> &str {
    if lang == Lang::En && !term.en.is_empty() { &term.en } else { &term.fr }
}

/// Two columns a list: the label, which the data sheet offers, and its code.
fn terms(sheet: &mut Worksheet, lists: &[(&str, &[Term])], lang: Lang, name: &str) -> Result<(), XlsxError> {
    sheet.set_name(name)?;
    let bold = Format::new().set_bold();
    for (k, (list, terms)) in lists.iter().enumerate() {
        let at = position(k * 2)?;
        sheet.set_column_width(at, 48)?;
        sheet.write_with_format(0, at, *list, &bold)?;
        sheet.write_with_format(0, at + 1, "code", &bold)?;
        for (row, term) in (1_u32..).zip(terms.iter()) {
            sheet.write(row, at, label(term, lang))?;
            sheet.write(row, at + 1, &term.code)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Reader, Xlsx};

    use super::*;
    use crate::ingest::shipped_themes;

    fn units() -> TemplateUnits {
        let text = |t: &str| t.to_owned();
        TemplateUnits {
            regions: vec![text("Mopti"), text("Gao")],
            cercles: vec![["Mopti", "Douentza"].map(text), ["Gao", "Ansongo"].map(text), ["Mopti", "Mopti"].map(text)],
            communes: vec![["Douentza", "Hombori", "ML050607"].map(text)],
        }
    }

    #[test]
    fn the_template_of_every_theme_has_its_columns_and_explains_each() {
        for theme in shipped_themes() {
            for lang in [Lang::Fr, Lang::En] {
                let bytes = write_template(theme, &units(), lang).expect("written");
                let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
                let data = book.worksheet_range(&theme.id).expect("the sheet of data");
                let heads: Vec<String> =
                    data.rows().next().expect("a header").iter().map(ToString::to_string).collect();
                let ids: Vec<&str> = theme.columns.iter().map(|c| heading_of(c, lang)).collect();
                assert_eq!(heads, ids);
                let help = book.worksheet_range(lang.pick("Colonnes", "Columns")).expect("the sheet of help");
                assert_eq!(help.height(), theme.columns.len() + 2);
            }
        }
    }

    #[test]
    fn the_same_theme_gives_the_same_bytes() {
        let theme = &shipped_themes()[0];
        let once = write_template(theme, &units(), Lang::Fr).expect("written");
        assert!(once == write_template(theme, &units(), Lang::Fr).expect("written again"));
    }
}
