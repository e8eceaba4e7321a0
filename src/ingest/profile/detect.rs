//! Which profile a file is of, and which headings mean which columns.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Profile, Tag, shipped_profiles};
use crate::domain::Theme;
use crate::ingest::fold::fold;

/// The profile that a file is read by.
pub(in crate::ingest) struct Choice {
    pub(in crate::ingest) profile: Arc<Profile>,
    /// What gave it away; none where it was asked for, empty where nothing spoke for another.
    pub(in crate::ingest) why: Option<Vec<String>>,
}

/// Chooses a profile by headings, tags and sheet: the one of which most is there. The profile asked for needs no look.
pub(in crate::ingest) fn choose(
    asked: Option<&Arc<Profile>>,
    headings: &[String],
    tags: &[Option<Tag>],
    sheet: Option<&str>,
) -> Choice {
    if let Some(profile) = asked {
        return Choice { profile: profile.clone(), why: None };
    }
    let mut best: Option<Choice> = None;
    for profile in shipped_profiles() {
        let signs = signs(profile, headings, tags, sheet);
        let most = best.as_ref().and_then(|b| b.why.as_ref()).map_or(0, Vec::len);
        if best.is_none() || signs.len() > most {
            best = Some(Choice { profile: profile.clone(), why: Some(signs) });
        }
    }
    best.unwrap_or_else(|| Choice { profile: Arc::default(), why: Some(Vec::new()) })
}

/// What in a file speaks for a profile; empty where it is not of it.
fn signs(profile: &Profile, headings: &[String], tags: &[Option<Tag>], sheet: Option<&str>) -> Vec<String> {
    let has = |wanted: &&String| {
        headings.iter().any(|h| fold(h) == fold(wanted) || fold(profile.ungrouped(h)) == fold(wanted))
    };
    let detect = &profile.detect;
    if !detect.all.iter().all(|h| has(&h)) {
        return Vec::new();
    }
    let mut signs: Vec<String> = detect.any.iter().filter(has).cloned().collect();
    let tagged = |wanted: &&String| {
        Tag::parse(wanted).is_some_and(|pattern| tags.iter().flatten().any(|t| t.fits(&pattern).is_some()))
    };
    signs.extend(detect.tags.iter().filter(tagged).cloned());
    signs.extend(sheet.filter(|s| detect.sheets.iter().any(|wanted| fold(wanted) == fold(s))).map(str::to_owned));
    if !signs.is_empty() {
        signs.splice(0..0, detect.all.iter().cloned());
    }
    signs
}

/// The columns of a theme by a profile's headings and tags. A column is its place in the theme, a rank says how good a
/// heading is for it: 0 the best.
pub(in crate::ingest) struct Keys<'a> {
    pub(super) profile: &'a Profile,
    exact: HashMap<String, (usize, usize)>,
    patterns: Vec<(String, String, usize, usize)>,
    tags: Vec<(Tag, usize, usize)>,
    left: Vec<String>,
}

impl<'a> Keys<'a> {
    pub(in crate::ingest) fn new(theme: &Theme, profile: &'a Profile) -> Self {
        let mut keys =
            Self { profile, exact: HashMap::new(), patterns: Vec::new(), tags: Vec::new(), left: Vec::new() };
        keys.left = profile.leave.iter().map(|h| fold(h)).collect();
        let column = |id: &String| theme.columns.iter().position(|c| c.id == *id);
        for (id, headings) in &profile.columns {
            let Some(k) = column(id) else { continue };
            for (rank, heading) in headings.iter().enumerate() {
                match heading.split_once('*') {
                    Some((start, end)) => keys.patterns.push((fold(start), fold(end), k, rank)),
                    None => {
                        keys.exact.entry(fold(heading)).or_insert((k, rank));
                    }
                }
            }
        }
        for (id, tags) in &profile.tags {
            let Some(k) = column(id) else { continue };
            keys.tags.extend(tags.iter().enumerate().filter_map(|(rank, t)| Some((Tag::parse(t)?, k, rank))));
        }
        keys
    }

    /// The column that a heading means, with or without its groups.
    pub(in crate::ingest) fn heading(&self, heading: &str) -> Option<(usize, usize)> {
        if self.exact.is_empty() && self.patterns.is_empty() {
            return None;
        }
        let bare = Some(self.profile.ungrouped(heading)).filter(|bare| bare.len() < heading.len());
        [Some(heading), bare].into_iter().flatten().find_map(|heading| {
            let key = fold(heading);
            let fits = |(start, end, ..): &&(String, String, usize, usize)| {
                key.len() > start.len() + end.len() && key.starts_with(start) && key.ends_with(end)
            };
            self.exact.get(&key).copied().or_else(|| self.patterns.iter().find(fits).map(|(.., k, rank)| (*k, *rank)))
        })
    }

    /// The column that a tag means: the pattern with most attributes wins.
    pub(in crate::ingest) fn tag(&self, tag: &Tag) -> Option<(usize, usize)> {
        let fits = self.tags.iter().filter_map(|(pattern, k, rank)| Some((tag.fits(pattern)?, *k, *rank)));
        fits.max_by_key(|(attributes, k, _)| (*attributes, std::cmp::Reverse(*k))).map(|(_, k, rank)| (k, rank))
    }

    /// Whether the profile leaves the heading aside.
    pub(super) fn leaves(&self, heading: &str) -> bool {
        let (whole, bare) = (fold(heading), fold(self.profile.ungrouped(heading)));
        self.left.iter().any(|l| *l == whole || *l == bare)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::shipped_theme;

    fn chosen(headings: &[&str], sheet: Option<&str>) -> (String, usize) {
        let headings: Vec<String> = headings.iter().map(|h| (*h).to_owned()).collect();
        let tags: Vec<Option<Tag>> = headings.iter().map(|h| Tag::parse(h)).collect();
        let choice = choose(None, &headings, &tags, sheet);
        (choice.profile.id.clone(), choice.why.map_or(0, |w| w.len()))
    }

    #[test]
    fn a_file_is_of_the_profile_that_most_speaks_for() {
        assert_eq!(chosen(&["date", "commune"], None).0, "vigie");
        assert_eq!(chosen(&["start", "g/date", "_uuid", "_submission_time"], None).0, "kobo");
        let acled = ["event_id_cnty", "event_date", "sub_event_type", "geo_precision", "fatalities"];
        assert_eq!(chosen(&acled, None).0, "acled");
        assert_eq!(chosen(&["#adm1+name", "#date+occurred"], None).0, "hxl");
        assert_eq!(chosen(&["Date", "Cercle"], Some("VEILLE")).0, "veille");
    }

    #[test]
    fn a_heading_means_a_column_with_and_without_its_groups() {
        let theme = shipped_theme("incidents").expect("shipped");
        let kobo = super::super::shipped_profile("kobo").expect("shipped");
        let keys = Keys::new(&theme, &kobo);
        let column = |heading: &str| keys.heading(heading).map(|(k, _)| theme.columns[k].id.clone());
        assert_eq!(column("lieu/_gps_latitude").as_deref(), Some("lat"));
        assert_eq!(column("_uuid").as_deref(), Some("incident_id"));
        assert_eq!(column("lieu/remarque"), None);
    }
}
