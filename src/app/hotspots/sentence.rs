//! What a result says in plain language, in French and English.

use crate::domain::{Lang, Level, Reading};
use crate::stats::{HotspotSummary, Null, Reason};
use crate::style::decimal;

use super::study::Study;

/// « 12 communes », with what agrees with it.
pub(in crate::app) struct Noun {
    lang: Lang,
    level: Level,
}

impl Noun {
    pub fn new(level: Level, lang: Lang) -> Self {
        Self { lang, level }
    }

    /// « 1 commune », « 12 communes ».
    pub fn count(&self, n: usize) -> String {
        let (one, many) = match (self.level, self.lang) {
            (Level::Region, Lang::Fr) => ("région", "régions"),
            (Level::Region, Lang::En) => ("region", "regions"),
            (Level::Cercle, _) => ("cercle", "cercles"),
            (Level::Commune, _) => ("commune", "communes"),
        };
        format!("{} {}", crate::style::grouped(n as u64, self.lang), if self.one(n) { one } else { many })
    }

    /// French counts 0 as one; English does not.
    fn one(&self, n: usize) -> bool {
        n == 1 || (n == 0 && self.lang == Lang::Fr)
    }

    /// A participle that agrees: `couvert` + e + s.
    pub fn agree(&self, stem: &str, n: usize) -> String {
        let feminine = self.level != Level::Cercle;
        format!("{stem}{}{}", if feminine { "e" } else { "" }, if self.one(n) { "" } else { "s" })
    }

    fn verb<'s>(&self, n: usize, one: &'s str, many: &'s str) -> &'s str {
        if self.one(n) { one } else { many }
    }
}

/// The sentence of the default method: what was found, at which level, and who was not tested.
pub(super) fn of_hotspots(
    study: &Study<'_>,
    summary: &HotspotSummary,
    groups: usize,
    why: Option<Reason>,
    lang: Lang,
) -> String {
    let noun = Noun::new(study.level, lang);
    let percent = decimal(summary.alpha * 100.0, usize::from(summary.alpha * 100.0 % 1.0 != 0.0), lang);
    let mut said = Vec::new();
    if summary.tested == 0 {
        let why = why.map_or(String::new(), |r| format!(" ({})", reason(r, lang)));
        said.push(lang.pick(format!("aucun test n’est possible{why}"), format!("no test is possible{why}")));
    } else if summary.hot == 0 {
        said.push(match lang {
            Lang::Fr => format!(
                "aucun foyer significatif parmi {} {}",
                noun.count(summary.tested),
                noun.agree("testé", summary.tested)
            ),
            Lang::En => format!("no significant hotspot among {} tested", noun.count(summary.tested)),
        });
    } else {
        let (n, form) = (summary.hot, noun.verb(summary.hot, "forme", "forment"));
        said.push(match (lang, groups) {
            (Lang::Fr, 1) => format!("{} {form} un foyer significatif", noun.count(n)),
            (Lang::Fr, g) => format!("{} {form} {g} foyers significatifs", noun.count(n)),
            (Lang::En, 1) => format!("{} {} one significant hotspot", noun.count(n), noun.verb(n, "forms", "form")),
            (Lang::En, g) => format!("{} form {g} significant hotspots", noun.count(n)),
        });
    }
    if summary.cold > 0 {
        let n = summary.cold;
        said.push(match lang {
            Lang::Fr => {
                format!("{} {} une zone significativement peu touchée", noun.count(n), noun.verb(n, "forme", "forment"))
            }
            Lang::En => format!("{} {} a significantly low area", noun.count(n), noun.verb(n, "forms", "form")),
        });
    }
    if let Some(left_out) = untested(study, &noun, summary, lang) {
        said.push(left_out);
    }
    let semicolon = lang.pick("\u{a0}; ", "; ");
    let mut text = said.join(semicolon);
    if let Some(first) = text.get(..1) {
        text = format!("{}{}", first.to_uppercase(), &text[1..]);
    }
    if summary.tested > 0 {
        let exact = summary.null == Some(Null::ConditionalExact);
        let how = match lang {
            Lang::Fr => format!(
                " (Gi*, p {} par permutation, taux de fausses découvertes {percent}\u{a0}%)",
                if exact { "exacte" } else { "estimée" }
            ),
            Lang::En => format!(
                " (Gi*, {} permutation p, false discovery rate {percent}%)",
                if exact { "exact" } else { "sampled" }
            ),
        };
        text.push_str(&how);
    }
    text.push('.');
    text
}

/// « 38 communes non couvertes n’ont pas été testées »; none where every unit was tested.
fn untested(study: &Study<'_>, noun: &Noun, summary: &HotspotSummary, lang: Lang) -> Option<String> {
    let count = |wanted: &[Reading]| {
        study.units().filter(|(_, _, c)| wanted.contains(&c.reading) && !c.outside_coverage).count()
    };
    let outside = study.units().filter(|(_, _, c)| c.outside_coverage).count();
    let not_covered = count(&[Reading::NotCovered]) + outside;
    let mut parts = Vec::new();
    let mut part = |n: usize, fr: String, en: &str| {
        if n > 0 {
            parts.push((n, lang.pick(fr, en.to_owned())));
        }
    };
    part(not_covered, format!("non {}", noun.agree("couvert", not_covered)), "not covered");
    let silent = count(&[Reading::CoveredNoReport]);
    part(silent, "sans rapport".into(), "without a report");
    let unknown = count(&[Reading::Unknown, Reading::NotYetElapsed]);
    part(unknown, "de couverture inconnue".into(), "of unknown coverage");
    let lone = summary.covered.saturating_sub(summary.tested);
    if summary.tested > 0 {
        let beside = if noun.level == Level::Cercle { "voisin" } else { "voisine" };
        part(lone, format!("sans {beside} {}", noun.agree("observé", 1)), "without an observed neighbour");
    }
    let all: usize = parts.iter().map(|(n, _)| n).sum();
    let list = parts.iter().enumerate().map(|(k, (n, how))| match k {
        0 => format!("{} {how}", noun.count(*n)),
        _ => format!("{} {how}", crate::style::grouped(*n as u64, lang)),
    });
    let list = and(&list.collect::<Vec<_>>(), lang)?;
    Some(match lang {
        Lang::Fr => format!("{list} {} pas été {}", noun.verb(all, "n’a", "n’ont"), noun.agree("testé", all)),
        Lang::En => format!("{list} {} not tested", noun.verb(all, "was", "were")),
    })
}

/// « a, b et c ».
fn and(parts: &[String], lang: Lang) -> Option<String> {
    let (last, head) = parts.split_last()?;
    Some(if head.is_empty() { last.clone() } else { format!("{} {} {last}", head.join(", "), lang.pick("et", "and")) })
}

/// Why there is no result, for people.
pub(in crate::app) fn reason(reason: Reason, lang: Lang) -> String {
    match (reason, lang) {
        (Reason::NotCovered, Lang::Fr) => "unité non observée".into(),
        (Reason::NotFinite, Lang::Fr) => "valeur qui n’est pas un nombre".into(),
        (Reason::NoNeighbours, Lang::Fr) => "aucun voisin observé".into(),
        (Reason::TooFewNeighbours { valid, needed }, Lang::Fr) => {
            format!("{valid} voisins observés, il en faut {needed}")
        }
        (Reason::TooFewUnits { units, needed }, Lang::Fr) => format!("{units} unités observées, il en faut {needed}"),
        (Reason::TooFew, Lang::Fr) => "trop peu d’unités, d’événements ou de mois observés".into(),
        (Reason::NoData, Lang::Fr) => "rien n’a été observé".into(),
        (Reason::AllZero, Lang::Fr) => "tous les nombres sont nuls".into(),
        (Reason::LastNotObserved, Lang::Fr) => "le dernier mois n’a pas été observé".into(),
        (Reason::AllEqual, Lang::Fr) => "toutes les valeurs sont égales".into(),
        (Reason::FullNeighbourhood, Lang::Fr) => "toutes les autres unités sont voisines".into(),
        (Reason::AtTheMean, Lang::Fr) => "la valeur est égale à la moyenne".into(),
        (Reason::NoPopulation, Lang::Fr) => "pas de population".into(),
        (Reason::BadCount, Lang::Fr) => "nombre négatif, non entier ou supérieur à la population".into(),
        (Reason::BadValue, Lang::Fr) => "valeur que cette statistique ne prend pas".into(),
        (Reason::WrongLength { values, units }, Lang::Fr) => format!("{values} valeurs pour {units} unités"),
        (Reason::Degenerate, Lang::Fr) => "aucune variance ici".into(),
        (other, Lang::En) => other.to_string(),
    }
}
