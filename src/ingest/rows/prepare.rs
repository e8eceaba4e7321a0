//! What is settled of a file before its rows: its table, its profile, its columns, how it writes dates and numbers.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::ImportContext;
use super::number::Wrong;
use crate::domain::{ColumnKind, Lang, Theme};
use crate::ingest::IngestError;
use crate::ingest::codes;
use crate::ingest::columns::Headings;
use crate::ingest::profile::{Dialect, Evidence, Goes, Keys, Profile, Shape, Tag, choose, shipped_profiles};
use crate::ingest::table::{Cell, Known, Line, Opened, RawTable, Rows};

/// A file ready to be read row by row.
pub(super) struct Prepared<'a> {
    pub(super) table: RawTable<'a>,
    pub(super) profile: Arc<Profile>,
    pub(super) shape: Shape,
    pub(super) dialect: Dialect,
    /// What was settled, a sentence each.
    pub(super) notes: Vec<String>,
}

impl<'a> Prepared<'a> {
    pub(super) fn new(opened: &'a Opened<'_>, ctx: &ImportContext<'_>) -> Result<Self, IngestError> {
        let (theme, lang, reading) = (ctx.theme, ctx.lang, ctx.reading);
        let headings = Headings::new(theme);
        let candidates: &[Arc<Profile>] = reading.profile.as_ref().map_or(shipped_profiles(), std::slice::from_ref);
        let keys: Vec<Keys<'_>> = candidates.iter().map(|p| Keys::new(theme, p)).collect();
        let heading =
            |heading: &str| headings.find(heading).is_some() || keys.iter().any(|k| k.heading(heading).is_some());
        let tag = |tag: &Tag| keys.iter().any(|k| k.tag(tag).is_some());
        let known = Known { heading: &heading, tag: &tag };
        let named = |e| match e {
            IngestError::NoHeader { found, .. } => {
                let expected = theme.columns.iter().map(|c| c.id.clone()).take(6).collect();
                IngestError::NoHeader { found, expected }
            }
            other => other,
        };
        let open = || opened.table(&ctx.limits, lang, reading.sheet.as_deref(), &known).map_err(named);
        let table = open()?;
        let choice = choose(reading.profile.as_ref(), &table.header.names, &table.header.tags, table.sheet.as_deref());
        let profile = choice.profile;
        if !profile.themes.is_empty() && !profile.themes.contains(&theme.id) {
            let (profile, themes) = (profile.id.clone(), profile.themes.clone());
            return Err(IngestError::OtherTheme { profile, theme: theme.id.clone(), themes });
        }
        let keys = Keys::new(theme, &profile);
        let shape = Shape::new(theme, &headings, &keys, &table.header.names, &table.header.tags)?;
        let mut notes = vec![profile_note(&profile, choice.why.as_deref(), lang)];
        let (dialect, said) = match reading.locale.or(profile.locale) {
            Some(locale) => Dialect::declared(locale, lang),
            None => evidence(&table, &shape, ctx, open)?.settle(lang)?,
        };
        notes.extend(said);
        Ok(Self { table, profile, shape, dialect, notes })
    }
}

/// Which profile, and what gave it away.
fn profile_note(profile: &Profile, why: Option<&[String]>, lang: Lang) -> String {
    let (id, title) = (&profile.id, lang.pick(&profile.title_fr, &profile.title_en));
    let mut note = match why {
        None => say!(lang, "profil : {id}, demandé", "profile: {id}, as asked"),
        Some([]) => say!(
            lang,
            "profil : {id} ({title}), rien n’indique un autre outil",
            "profile: {id} ({title}), nothing shows another tool"
        ),
        Some(signs) => {
            let signs = signs.join(", ");
            say!(lang, "profil : {id} ({title}), d’après {signs}", "profile: {id} ({title}), by {signs}")
        }
    };
    if let Some(source) = &profile.source {
        note.push_str(&say!(lang, " ; source : {source}", "; source: {source}"));
    }
    note
}

/// Looks through the whole file for how it writes dates and numbers, before any row is read.
fn evidence<'a>(
    table: &RawTable<'_>,
    shape: &Shape,
    ctx: &ImportContext<'_>,
    again: impl FnOnce() -> Result<RawTable<'a>, IngestError>,
) -> Result<Evidence, IngestError> {
    let kinds = looked_at(ctx.theme, shape);
    let places: Vec<usize> = kinds.keys().copied().collect();
    let mut evidence = Evidence::default();
    let mut look = |line: u64, place: usize, text: &str| match kinds.get(&place) {
        Some(ColumnKind::Count) => evidence.count(line, text),
        Some(ColumnKind::Lon | ColumnKind::Lat) => evidence.degrees(line, text),
        Some(_) => evidence.date(line, text),
        None => {}
    };
    let mut shaped = |line: &Line<'_>| {
        let mut cells = line.cells.clone();
        if matches!(shape.row(&mut cells, ctx.lang), Goes::On(_)) {
            for place in &places {
                if let Some(Cell::Text(text)) = cells.get(*place) {
                    look(line.at, *place, text);
                }
            }
        }
    };
    match &table.rows {
        Rows::Ready(rows) => rows.as_slice().iter().for_each(&mut shaped),
        // A text is read a second time: it is never whole in memory as cells.
        Rows::Text(_) => match again()?.rows {
            Rows::Text(rows) if shape.is_plain() => rows.each(&places, &mut look)?,
            mut rows => {
                while let Some(batch) = rows.take(1024)? {
                    batch.each(|line| shaped(&line));
                }
            }
        },
    }
    Ok(evidence)
}

/// The cells that show how a file writes dates and numbers.
fn looked_at(theme: &Theme, shape: &Shape) -> BTreeMap<usize, ColumnKind> {
    use ColumnKind as K;
    let columns = theme.columns.iter().zip(&shape.mapping.at);
    let looked = |kind: K| matches!(kind, K::Count | K::Lon | K::Lat | K::Date | K::Month);
    columns.filter_map(|(c, at)| Some(((*at)?, c.kind))).filter(|(_, kind)| looked(*kind)).collect()
}

/// Makes one row of those that tell of one event; the further ones only point to the first.
pub(super) fn one_per_event<'a>(mut rows: Rows<'a>, shape: &Shape) -> Result<Rows<'a>, IngestError> {
    let Some(place) = shape.one_per() else { return Ok(rows) };
    let mut lines: Vec<Line<'static>> = Vec::new();
    let mut first: HashMap<String, usize> = HashMap::new();
    while let Some(batch) = rows.take(1024)? {
        batch.each(|line| {
            let mut line = line.into_owned();
            let id = line.cells.get(place).map(|c| c.shown().into_owned()).unwrap_or_default();
            match first.get(&id).filter(|_| !id.is_empty()) {
                Some(k) => {
                    let differ = shape.merge(&mut lines[*k].cells, &line.cells);
                    line.merged = Some((lines[*k].at, differ));
                }
                None => {
                    first.insert(id, lines.len());
                }
            }
            lines.push(line);
        });
    }
    Ok(Rows::Ready(lines.into_iter()))
}

/// What is said of a further row of an event.
pub(super) fn merged(first: u64, differ: &[String], lang: Lang) -> Wrong {
    if differ.is_empty() {
        let message = say!(
            lang,
            "le même événement que la ligne {first}, dont elle complète les acteurs : compté une fois",
            "the same event as line {first}, whose actors it completes: counted once"
        );
        return (codes::MERGED_ROW, message);
    }
    let columns = differ.join(", ");
    let message = say!(
        lang,
        "le même événement que la ligne {first}, mais {columns} diffère : la ligne {first} l’emporte ; vérifiez-les",
        "the same event as line {first}, but {columns} differs: line {first} prevails; check both"
    );
    (codes::EVENT_DIFFERS, message)
}
