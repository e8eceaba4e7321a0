//! A file's rows become rows of the theme: columns found, empty words emptied, answers put together, rows left out.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Tag;
use super::detect::Keys;
use crate::domain::{ColumnKind, Theme};
use crate::ingest::IngestError;
use crate::ingest::codes;
use crate::ingest::columns::{Headings, Mapping};
use crate::ingest::fold::fold;
use crate::ingest::rows::Wrong;
use crate::ingest::table::Cell;
use crate::ingest::vocabulary::Vocabulary;

/// How the rows of one file are turned into those of the theme.
pub(in crate::ingest) struct Shape {
    /// Which cell holds which column, cells that are made up included.
    pub(in crate::ingest) mapping: Mapping,
    /// The file's headings, and names for the cells that are made up.
    pub(in crate::ingest) headers: Vec<String>,
    /// How many headings the file has.
    width: usize,
    empty: Vec<String>,
    /// Cells that some column takes.
    taken: Vec<usize>,
    dates: Vec<usize>,
    repairs: Vec<(String, String)>,
    values: Vec<(usize, HashMap<String, String>)>,
    spaced: Vec<(usize, HashMap<String, String>)>,
    made: Vec<Made>,
    keep: Option<(usize, Vec<String>)>,
    one_per: Option<usize>,
}

/// A cell that is made of others.
enum Made {
    /// The first of these that is filled.
    First(Vec<usize>),
    /// All that these say, each once.
    Joined(Vec<usize>),
    /// The answers whose cell says 1; where the cell with all of them is there too, it is held against them.
    Answers { whole: Option<usize>, options: Vec<(usize, String)> },
}

/// Whether a row goes on.
pub(in crate::ingest) enum Goes {
    /// It does; with what is worth saying.
    On(Option<Wrong>),
    /// It is left out, because of this.
    Out(Wrong),
}

impl Shape {
    /// Finds the columns and what has to be done for them.
    ///
    /// # Errors
    /// Where two headings mean one column, or no row could go in.
    pub(in crate::ingest) fn new(
        theme: &Theme,
        known: &Headings,
        keys: &Keys<'_>,
        headers: &[String],
        tags: &[Option<Tag>],
    ) -> Result<Self, IngestError> {
        let profile = keys.profile;
        // By column: what holds it, the best first.
        let mut held: Vec<Vec<(usize, usize)>> = vec![Vec::new(); theme.columns.len()];
        let mut rest = Vec::new();
        for (place, heading) in headers.iter().enumerate() {
            let tag = tags.get(place).and_then(Option::as_ref).and_then(|t| keys.tag(t));
            match tag.or_else(|| keys.heading(heading)) {
                Some((k, rank)) => held[k].push((rank, place)),
                None => rest.push(place),
            }
        }
        let mut unknown = Vec::new();
        let mut options: BTreeMap<usize, Vec<(usize, String)>> = BTreeMap::new();
        let vocabulary = Vocabulary::new(theme);
        // The theme's own headings are for columns that the profile's did not find.
        let by_profile: Vec<bool> = held.iter().map(|h| !h.is_empty()).collect();
        for place in rest {
            let heading = &headers[place];
            let bare = profile.ungrouped(heading);
            let option = option_of(theme, known, keys, &vocabulary, heading);
            let found = known.find(heading).or_else(|| known.find(bare)).filter(|k| !by_profile[*k]);
            if let Some((k, code)) = option.filter(|_| profile.select_multiple) {
                options.entry(k).or_default().push((place, code));
            } else if let Some(k) = found.filter(|_| !keys.leaves(heading)) {
                held[k].push((usize::MAX, place));
            } else {
                unknown.push(place);
            }
        }
        for (k, held) in held.iter_mut().enumerate() {
            held.sort_unstable();
            if let Some(pair) = held.windows(2).find(|w| w[0].0 == w[1].0) {
                return Err(IngestError::SameColumn {
                    column: theme.columns[k].id.clone(),
                    first: headers[pair[0].1].clone(),
                    second: headers[pair[1].1].clone(),
                });
            }
        }
        let held: Vec<Vec<usize>> = held.into_iter().map(|h| h.into_iter().map(|(_, place)| place).collect()).collect();
        let mut shape = Self {
            mapping: Mapping { at: Vec::new(), unknown: Vec::new() },
            headers: headers.to_vec(),
            width: headers.len(),
            empty: profile.empty.iter().map(|e| e.to_lowercase()).collect(),
            taken: held.iter().flatten().copied().collect(),
            dates: Vec::new(),
            repairs: profile.dates.clone().into_iter().collect(),
            values: Vec::new(),
            spaced: Vec::new(),
            made: Vec::new(),
            keep: None,
            one_per: profile.one_per.as_ref().and_then(|h| headers.iter().position(|x| fold(x) == fold(h))),
        };
        let at = shape.columns(theme, profile, &vocabulary, &held, &mut options);
        let find = |heading: &String| headers.iter().position(|h| fold(profile.ungrouped(h)) == fold(heading));
        shape.keep = profile
            .keep
            .as_ref()
            .and_then(|keep| Some((find(&keep.column)?, keep.values.iter().map(|v| v.to_lowercase()).collect())));
        let used = |place: &usize| shape.taken.contains(place) || shape.keep.as_ref().is_some_and(|(k, _)| k == place);
        unknown.retain(|place| !used(place) && !keys.leaves(&headers[*place]));
        shape.mapping = Mapping::checked(theme, at, unknown)?;
        Ok(shape)
    }

    /// What is to be done for each column; gives the cell that holds it.
    fn columns(
        &mut self,
        theme: &Theme,
        profile: &super::Profile,
        vocabulary: &Vocabulary<'_>,
        held: &[Vec<usize>],
        options: &mut BTreeMap<usize, Vec<(usize, String)>>,
    ) -> Vec<Option<usize>> {
        let mut at = Vec::with_capacity(theme.columns.len());
        for (k, column) in theme.columns.iter().enumerate() {
            let places = &held[k];
            if matches!(column.kind, ColumnKind::Date | ColumnKind::Month) && !self.repairs.is_empty() {
                self.dates.extend(places);
            }
            if let Some(values) = profile.values.get(&column.id) {
                let values: HashMap<String, String> = values.iter().map(|(v, t)| (fold(v), t.clone())).collect();
                self.values.extend(places.iter().map(|place| (*place, values.clone())));
            }
            let list = column.terms.as_deref().and_then(|l| vocabulary.list(l));
            if let Some(list) = list.filter(|_| profile.select_multiple && column.kind == ColumnKind::Codes) {
                self.spaced.extend(places.iter().map(|place| (*place, list.spellings())));
            }
            let joined = profile.join.get(&column.id).into_iter().flatten();
            let joined: Vec<usize> = joined
                .filter_map(|h| self.headers[..self.width].iter().position(|x| fold(profile.ungrouped(x)) == fold(h)))
                .collect();
            let made = match (options.remove(&k), places.as_slice()) {
                (Some(options), _) => Made::Answers { whole: places.first().copied(), options },
                (None, _) if !joined.is_empty() => Made::Joined(joined),
                (None, []) => {
                    at.push(None);
                    continue;
                }
                (None, [place]) => {
                    at.push(Some(*place));
                    continue;
                }
                (None, several) => Made::First(several.to_vec()),
            };
            let sources: Vec<usize> = match &made {
                Made::First(places) | Made::Joined(places) => places.clone(),
                Made::Answers { whole, options } => whole.iter().copied().chain(options.iter().map(|o| o.0)).collect(),
            };
            let names: Vec<&str> = sources.iter().map(|p| self.headers[*p].as_str()).collect();
            let name = names.join(" | ");
            self.taken.extend(sources);
            at.push(Some(self.headers.len()));
            self.headers.push(name);
            self.made.push(made);
        }
        at
    }

    /// Whether rows are taken as they stand.
    pub(in crate::ingest) fn is_plain(&self) -> bool {
        self.made.is_empty()
            && self.empty.is_empty()
            && self.dates.is_empty()
            && self.values.is_empty()
            && self.spaced.is_empty()
            && self.keep.is_none()
            && self.one_per.is_none()
    }

    /// Whether a heading only lends its cells to a column that is put together.
    pub(in crate::ingest) fn lends(&self, heading: &str) -> bool {
        self.taken.iter().any(|place| self.headers[*place] == heading)
    }

    /// The cell by which rows are one.
    pub(in crate::ingest) fn one_per(&self) -> Option<usize> {
        self.one_per
    }

    /// Turns a row of the file into one of the theme.
    pub(in crate::ingest) fn row(&self, cells: &mut Vec<Cell<'_>>, lang: crate::domain::Lang) -> Goes {
        if self.is_plain() {
            return Goes::On(None);
        }
        if let Some((place, values)) = &self.keep {
            let said = cells.get(*place).map(Cell::shown).unwrap_or_default().to_lowercase();
            if !values.contains(&said) {
                let said = if said.is_empty() { lang.pick("(vide)", "(empty)") } else { said.as_str() };
                let message = say!(
                    lang,
                    "validation « {said} » : seules les lignes approuvées comptent ; approuvez-la à la source et exportez à nouveau",
                    "validation “{said}”: only approved rows count; approve it at the source and export again"
                );
                return Goes::Out((codes::NOT_APPROVED, message));
            }
        }
        for place in &self.taken {
            if let Some(cell @ Cell::Text(_)) = cells.get_mut(*place)
                && self.empty.contains(&cell.shown().to_lowercase())
            {
                *cell = Cell::Empty;
            }
        }
        for place in &self.dates {
            if let Some(Cell::Text(text)) = cells.get_mut(*place) {
                *text = self.repaired(text).into();
            }
        }
        for (place, values) in &self.values {
            if let Some(cell) = cells.get_mut(*place)
                && let Some(term) = values.get(&fold(&cell.shown()))
            {
                *cell = Cell::owned(term);
            }
        }
        for (place, spellings) in &self.spaced {
            if let Some(Cell::Text(text)) = cells.get_mut(*place)
                && !spellings.contains_key(&fold(text))
                && text.split_whitespace().all(|w| spellings.contains_key(&fold(w)))
            {
                *text = text.split_whitespace().collect::<Vec<_>>().join("|").into();
            }
        }
        let mut wrong = None;
        let made: Vec<Cell<'_>> = self.made.iter().map(|m| self.make(m, cells, lang, &mut wrong)).collect();
        if !made.is_empty() {
            // Cells beyond the headings stay beyond them: the row is shifted, and must be seen to be.
            let beyond = cells.split_off(cells.len().min(self.width));
            cells.resize(self.width, Cell::Empty);
            cells.extend(made);
            cells.extend(beyond);
        }
        Goes::On(wrong)
    }

    /// A date without its typing errors. A time of day behind it keeps its colons.
    fn repaired(&self, text: &str) -> String {
        let repair = |word: &str| self.repairs.iter().fold(word.to_owned(), |t, (from, to)| t.replace(from, to));
        let time = |word: &str| word.len() <= 8 && word.contains(':') && word.starts_with(|c: char| c.is_ascii_digit());
        let words = text.split_whitespace().enumerate();
        words.map(|(k, w)| if k > 0 && time(w) { w.to_owned() } else { repair(w) }).collect::<Vec<_>>().join(" ")
    }

    fn make<'c>(
        &self,
        made: &Made,
        cells: &[Cell<'c>],
        lang: crate::domain::Lang,
        wrong: &mut Option<Wrong>,
    ) -> Cell<'c> {
        let filled = |place: &usize| cells.get(*place).filter(|c| **c != Cell::Empty);
        match made {
            Made::First(places) => places.iter().find_map(filled).cloned().unwrap_or(Cell::Empty),
            Made::Joined(places) => Cell::owned(&joined(places.iter().filter_map(filled).map(Cell::shown))),
            Made::Answers { whole, options } => {
                let ticked: Vec<&str> = options
                    .iter()
                    .filter(|(place, _)| {
                        filled(place)
                            .is_some_and(|c| matches!(&*fold(&c.shown()), "1" | "true" | "vrai" | "oui" | "yes"))
                    })
                    .map(|(_, code)| code.as_str())
                    .collect();
                let Some(cell) = whole.as_ref().and_then(filled) else { return Cell::owned(&ticked.join("|")) };
                let answered = options.iter().any(|(place, _)| filled(place).is_some());
                let spellings = self.spaced.iter().find(|(place, _)| Some(*place) == *whole).map(|(_, s)| s);
                let text = cell.shown();
                let said: BTreeSet<&str> = text
                    .split(['|', ';', '/'])
                    .filter_map(|part| spellings?.get(&fold(part)).map(String::as_str))
                    .collect();
                if answered && said != ticked.iter().copied().collect() {
                    let ticked = ticked.join(", ");
                    let message = say!(
                        lang,
                        "la colonne des réponses dit « {text} », les colonnes à cocher {ticked} : la première l’emporte ; vérifiez la fiche",
                        "the column of answers says “{text}”, the columns of ticks {ticked}: the former prevails; check the form"
                    );
                    *wrong = Some((codes::ANSWERS_DIFFER, message));
                }
                cell.clone()
            }
        }
    }

    /// Makes one row of several that tell of one event, as the file has them: the first one, with what the others add to
    /// joined columns. Gives the headings of the theme's columns in which the other row says something else.
    pub(in crate::ingest) fn merge(&self, first: &mut Vec<Cell<'static>>, other: &[Cell<'static>]) -> Vec<String> {
        let mut joins: BTreeSet<usize> = BTreeSet::new();
        for made in &self.made {
            if let Made::Joined(places) = made {
                joins.extend(places.iter().copied());
            }
        }
        for place in joins {
            let Some(theirs) = other.get(place).filter(|c| **c != Cell::Empty) else { continue };
            if first.len() <= place {
                first.resize(place + 1, Cell::Empty);
            }
            first[place] = Cell::owned(&joined([first[place].shown(), theirs.shown()].into_iter()));
        }
        let cell = |cells: &[Cell<'static>], place: usize| cells.get(place).cloned().unwrap_or(Cell::Empty);
        let own = self.mapping.at.iter().flatten().filter(|place| **place < self.width);
        own.filter(|place| cell(first, **place) != cell(other, **place)).map(|p| self.headers[*p].clone()).collect()
    }
}

/// Texts put together, each once, in their order.
fn joined<'a>(texts: impl Iterator<Item = std::borrow::Cow<'a, str>>) -> String {
    let mut seen: Vec<String> = Vec::new();
    for text in texts {
        for part in text.split(" ; ").filter(|p| !p.is_empty()) {
            if !seen.iter().any(|s| *s == part) {
                seen.push(part.to_owned());
            }
        }
    }
    seen.join(" ; ")
}

/// The column and term of a heading `question/answer`.
fn option_of(
    theme: &Theme,
    known: &Headings,
    keys: &Keys<'_>,
    vocabulary: &Vocabulary<'_>,
    heading: &str,
) -> Option<(usize, String)> {
    let separator = keys.profile.group_separator.as_deref().filter(|s| !s.is_empty())?;
    let (question, answer) = heading.rsplit_once(separator)?;
    let bare = keys.profile.ungrouped(question);
    let k = keys.heading(question).map(|(k, _)| k).or_else(|| known.find(bare))?;
    let column = theme.columns.get(k).filter(|c| c.kind == ColumnKind::Codes)?;
    let list = vocabulary.list(column.terms.as_deref()?)?;
    Some((k, list.code(list.find(answer)?)?.to_string()))
}
