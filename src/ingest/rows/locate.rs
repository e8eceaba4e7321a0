//! The place of a row: by p-code, else by names within their parents, else by coordinates, else by village or town.

use std::collections::HashMap;
use std::sync::Arc;

use super::number::Wrong;
use super::plan::{Plan, Row};
use super::town::Town;
use super::{ImportContext, Issue};
use crate::boundaries::{NameFinding, axis_names, resolve_pcode};
use crate::domain::{Axis, Level, Match, Place};
use crate::ingest::codes;
use crate::ingest::fold::fold;
use crate::ingest::place::finest;
use crate::ingest::table::Cell;
use crate::spatial::Bbox;

pub(super) use crate::ingest::place::Units;

/// So many different statements are remembered; a file that has more starts anew.
const REMEMBERED: usize = 200_000;

/// What p-code and names settle, without the row's coordinates: the same for every row that states the same.
#[derive(Debug, Clone)]
pub(super) struct Stated {
    pub(super) set: usize,
    pub(super) units: Units,
    pub(super) matched: Match,
    pub(super) issues: Vec<Issue>,
    pub(super) anything: bool,
    /// The finest level that a name speaks of without settling it.
    pub(super) open: Option<Level>,
    /// The road it lies on.
    pub(super) axis: Option<Axis>,
    /// What the village or town adds where nothing finer is known.
    pub(super) town: Town,
}

/// Places rows; each distinct statement is settled once.
pub(super) struct Locator<'a> {
    pub(super) ctx: &'a ImportContext<'a>,
    cache: HashMap<String, Stated>,
    key: String,
    /// The sets' boxes, grown by a degree.
    pub(super) boxes: Vec<Bbox>,
    /// Whether the last row's place is for an officer to settle: its names speak of a finer unit than it is known to.
    pub(super) to_review: bool,
}

impl<'a> Locator<'a> {
    pub(super) fn new(ctx: &'a ImportContext<'a>) -> Self {
        // A degree around: a place a little outside the country is not exchanged coordinates.
        let boxes = ctx.sets.iter().map(|s| s.bbox()).filter(|b| !b.is_empty()).map(|b| Bbox {
            west: b.west - 1.0,
            south: b.south - 1.0,
            east: b.east + 1.0,
            north: b.north + 1.0,
        });
        Self { ctx, cache: HashMap::new(), key: String::new(), boxes: boxes.collect(), to_review: false }
    }

    /// The place of a row, with what is wrong or doubtful about it. There is always a place: the worst is one that fits
    /// nowhere; a reject among the issues keeps the row out.
    pub(super) fn place(
        &mut self,
        plan: &Plan,
        row: &Row<'_>,
        precision: Option<&str>,
        issues: &mut Vec<Issue>,
    ) -> Place {
        let point = self.coordinates(plan, row, issues);
        self.key.clear();
        for column in plan.place_columns().chain(plan.locality) {
            self.key.push_str(&row.cell(column).shown());
            self.key.push('\u{1f}');
        }
        if !self.cache.contains_key(&self.key) {
            if self.cache.len() >= REMEMBERED {
                self.cache.clear();
            }
            let stated = self.stated(plan, row);
            self.cache.insert(self.key.clone(), stated);
        }
        let Some(stated) = self.cache.get(&self.key).cloned() else {
            return Place {
                set: self.ctx.sets[0].info.id.clone(),
                units: Default::default(),
                matched: Match::None,
                point,
                stated: Default::default(),
                axis: None,
            };
        };
        issues.extend(stated.issues.iter().cloned());
        let (mut set, mut units, mut matched) = (stated.set, stated.units, stated.matched);
        if let Some(point) = point {
            let country = plan.country.map(|k| row.cell(k).shown());
            let country = country.as_deref().filter(|c| !c.is_empty());
            let named = (precision, country, stated.anything);
            self.add_point(plan, point, named, (&mut set, &mut units, &mut matched), issues);
        } else if !stated.anything && !issues.iter().any(Issue::rejects) {
            let message = say!(
                self.ctx.lang,
                "ni p-code, ni nom, ni coordonnées : la ligne entre, mais seulement dans les totaux",
                "no p-code, no name, no coordinates: the row goes in, but only into totals"
            );
            issues.push(Issue::of_row((codes::NOT_LOCATED, message)));
        }
        let open = stated.town.add(set == stated.set, (&mut units, &mut matched), issues).max(stated.open);
        self.to_review = open.is_some() && finest(&units) < open;
        let text = |k: Option<usize>| match k.map(|k| row.cell(k)) {
            Some(Cell::Empty) | None => None,
            Some(cell) => Some(Arc::from(cell.shown().as_ref())),
        };
        let names = plan.names.map(text);
        let [region, cercle, commune] = Self::with_unit_name(plan, row, names, finest(&units));
        Place {
            set: self.ctx.sets[set].info.id.clone(),
            units,
            matched,
            point,
            stated: [region, cercle, commune, text(plan.locality)],
            axis: stated.axis.map(Box::new),
        }
    }

    /// Puts the name of a `name` column in the place of its level.
    fn with_unit_name(
        plan: &Plan,
        row: &Row<'_>,
        mut names: [Option<Arc<str>>; 3],
        located: Option<Level>,
    ) -> [Option<Arc<str>>; 3] {
        if let Some(k) = plan.unit_name
            && *row.cell(k) != Cell::Empty
            && let Some(level) = plan.level.and_then(|l| read_level(row.cell(l))).or(located)
        {
            names[level.index()].get_or_insert_with(|| row.cell(k).shown().as_ref().into());
        }
        names
    }

    /// What the p-code and the names settle.
    fn stated(&self, plan: &Plan, row: &Row<'_>) -> Stated {
        let lang = self.ctx.lang;
        let mut stated = Stated {
            set: 0,
            units: Default::default(),
            matched: Match::None,
            issues: Vec::new(),
            anything: false,
            open: None,
            axis: None,
            town: Town::default(),
        };
        let declared = match plan.set.map(|k| (k, row.cell(k))) {
            None | Some((_, Cell::Empty)) => None,
            Some((k, cell)) => {
                let text = cell.shown();
                let Some(found) = self.ctx.sets.iter().position(|s| s.info.id.as_str() == text) else {
                    let known = self.ctx.sets.iter().map(|s| s.info.id.as_str()).collect::<Vec<_>>().join(", ");
                    let message = say!(
                        lang,
                        "ce découpage ne fait pas partie de l’import ({known}) : importez-le ou donnez --set",
                        "this boundary set is not part of the import ({known}): import it or give --set"
                    );
                    stated.issues.push(Issue::of(k, cell, (codes::UNKNOWN_SET, message)));
                    return stated;
                };
                Some(found)
            }
        };
        stated.set = declared.unwrap_or(0);
        let level = match plan.level.map(|k| (k, row.cell(k))) {
            None | Some((_, Cell::Empty)) => None,
            Some((k, cell)) => {
                let level = read_level(cell);
                if level.is_none() {
                    let message = say!(
                        lang,
                        "écrivez 1 (région), 2 (cercle) ou 3 (commune)",
                        "write 1 (region), 2 (cercle) or 3 (commune)"
                    );
                    stated.issues.push(Issue::of(k, cell, (codes::BAD_LEVEL, message)));
                    return stated;
                }
                level
            }
        };
        let text = |k: usize| match row.cell(k) {
            Cell::Empty => None,
            cell => Some(cell.shown().into_owned()),
        };
        let mut names: [Option<String>; 3] = plan.names.map(|k| k.and_then(text));
        let unit_name = plan.unit_name.and_then(|k| Some((k, text(k)?)));
        let pcode = plan.pcode.and_then(|k| Some((k, text(k)?)));
        if let (Some((_, name)), Some(level)) = (&unit_name, level) {
            names[level.index()].get_or_insert_with(|| name.clone());
        }
        if let (Some((k, name)), None, None) = (&unit_name, level, &pcode) {
            let message = say!(
                lang,
                "un nom sans niveau : remplissez la colonne du niveau (1, 2 ou 3)",
                "a name without its level: fill in the level (1, 2 or 3)"
            );
            stated
                .issues
                .push(Issue { value: Some(name.clone()), ..Issue::of(*k, &Cell::Empty, (codes::BAD_LEVEL, message)) });
            return stated;
        }
        stated.anything = pcode.is_some() || names.iter().any(Option::is_some);
        // A road may stand where the commune or the village stands; it is neither.
        let town = plan.locality.and_then(text);
        let road = [names[2].as_deref(), town.as_deref()].into_iter().flatten().find(|t| axis_names(t).is_some());
        let road = road.map(str::to_owned);
        if names[2].is_some() && names[2] == road {
            names[2] = None;
        }
        let names = [0, 1, 2].map(|k| names[k].as_deref());
        if let Some((k, code)) = pcode {
            if let Err(wrong) = self.by_pcode(plan, declared, level, &code, names, &mut stated) {
                stated.issues.push(Issue { value: Some(code), ..Issue::of(k, &Cell::Empty, wrong) });
            }
        } else if names.iter().any(Option::is_some) {
            self.by_names(plan, declared, names, &mut stated);
        }
        if let Some(road) = road {
            self.by_axis(plan, &road, &mut stated);
        } else if let Some(town) = town.filter(|_| !stated.issues.iter().any(Issue::rejects)) {
            self.by_town(plan, &town, &mut stated);
        }
        stated
    }

    fn by_pcode(
        &self,
        plan: &Plan,
        declared: Option<usize>,
        level: Option<Level>,
        code: &str,
        names: [Option<&str>; 3],
        stated: &mut Stated,
    ) -> Result<(), Wrong> {
        let lang = self.ctx.lang;
        let sets = self.ctx.sets;
        let candidates: Vec<usize> = declared.map_or_else(|| (0..sets.len()).collect(), |s| vec![s]);
        let found: Vec<_> = candidates.iter().filter_map(|s| Some((*s, resolve_pcode(&sets[*s], code)?))).collect();
        let Some(&(set, unit)) = found.first() else {
            let known = candidates.iter().map(|s| sets[*s].info.id.as_str()).collect::<Vec<_>>().join(", ");
            return Err((
                codes::UNKNOWN_PCODE,
                say!(
                    lang,
                    "ce code n’existe pas dans {known} : corrigez-le, ou donnez le découpage dont il est (--set)",
                    "this code does not exist in {known}: correct it, or give the set it belongs to (--set)"
                ),
            ));
        };
        if let Some((other_set, other)) = found.iter().find(|(_, u)| fold(&u.name) != fold(&unit.name)) {
            let (a, b) = (&sets[set].info.id, &sets[*other_set].info.id);
            let (name, other) = (&unit.name, &other.name);
            return Err((
                codes::AMBIGUOUS_PCODE,
                say!(
                    lang,
                    "ce code veut dire {name} dans {a} et {other} dans {b} : donnez un seul découpage (--set)",
                    "this code means {name} in {a} and {other} in {b}: give a single set (--set)"
                ),
            ));
        }
        if let Some(level) = level.filter(|l| *l != unit.level) {
            let (is, says, name) = (unit.level.number(), level.number(), &unit.name);
            return Err((
                codes::LEVEL_MISMATCH,
                say!(
                    lang,
                    "{name} est de niveau {is}, la ligne dit {says} : corrigez le code ou le niveau",
                    "{name} is of level {is}, the row says {says}: correct the code or the level"
                ),
            ));
        }
        stated.set = set;
        stated.units = sets[set].chain(unit);
        stated.matched = Match::Pcode;
        if names.iter().any(Option::is_some) {
            self.compare_names(plan, code, names, stated);
        }
        Ok(())
    }

    /// Holds the names against the unit of the p-code; a consistent finer name refines it.
    fn compare_names(&self, plan: &Plan, code: &str, names: [Option<&str>; 3], stated: &mut Stated) {
        let resolved = self.ctx.places.names(stated.set, names);
        let set = &self.ctx.sets[stated.set];
        for level in Level::ALL {
            let Some(stated_name) = names[level.index()] else { continue };
            let Some(unit) = stated.units[level.index()].as_deref().and_then(|c| set.unit(level, c)) else { continue };
            let agrees = match &resolved.units[level.index()] {
                Some(by_name) => *by_name == unit.pcode,
                None => fold(stated_name) == fold(&unit.name) || !known_wrong(&resolved.findings, level),
            };
            if !agrees {
                let name = &unit.name;
                let message = say!(
                    self.ctx.lang,
                    "le p-code {code} est de {name}, la ligne nomme {stated_name} : le p-code l’emporte ; corrigez celui des deux qui est faux",
                    "the p-code {code} is of {name}, the row names {stated_name}: the p-code prevails; correct the wrong one"
                );
                stated.issues.push(Issue {
                    column: plan.names[level.index()].or(plan.unit_name),
                    value: Some(stated_name.to_owned()),
                    wrong: (codes::PCODE_NAME_MISMATCH, message),
                });
                return;
            }
        }
        let known = finest(&stated.units);
        if names.iter().zip(Level::ALL).all(|(n, l)| n.is_none() || Some(l) <= known) {
            return;
        }
        // The finer names, looked for within the unit of the code.
        let name_of = |l: Level| stated.units[l.index()].as_deref().and_then(|c| set.unit(l, c)).map(|u| &*u.name);
        let finer = Level::ALL.map(|l| name_of(l).or(names[l.index()]));
        let resolved = self.ctx.places.names(stated.set, finer);
        let agree =
            |l: &Level| stated.units[l.index()].is_none() || stated.units[l.index()] == resolved.units[l.index()];
        if finest(&resolved.units) > known && Level::ALL.iter().all(agree) {
            stated.units = resolved.units;
            stated.matched = resolved.matched;
        }
        self.say_findings(plan, resolved.findings.iter().filter(|f| Some(f.level()) > known), stated);
    }

    /// Puts findings about names among the issues, and notes what they leave open.
    fn say_findings<'f>(&self, plan: &Plan, findings: impl Iterator<Item = &'f NameFinding>, stated: &mut Stated) {
        for finding in findings {
            let code = match finding {
                NameFinding::UnknownName { .. } => codes::UNKNOWN_PLACE,
                NameFinding::AmbiguousName { .. } => codes::AMBIGUOUS_PLACE,
                NameFinding::ParentContradiction { .. } => codes::PLACE_CONTRADICTION,
            };
            stated.open = stated.open.max(Some(finding.level()));
            stated.issues.push(Issue {
                column: plan.names[finding.level().index()].or(plan.unit_name),
                value: Some(finding.value().to_owned()),
                wrong: (code, finding.message(self.ctx.lang)),
            });
        }
    }

    fn by_names(&self, plan: &Plan, declared: Option<usize>, names: [Option<&str>; 3], stated: &mut Stated) {
        let candidates: Vec<usize> = declared.map_or_else(|| (0..self.ctx.sets.len()).collect(), |s| vec![s]);
        let mut best = None;
        for set in candidates {
            let resolved = self.ctx.places.names(set, names);
            // Fewer doubts first, then a finer unit, then the order of the import.
            let rank = (resolved.findings.is_empty() && resolved.matched != Match::None, finest(&resolved.units));
            if best.as_ref().is_none_or(|(_, r, _)| rank > *r) {
                let done = rank.0;
                best = Some((set, rank, resolved));
                if done {
                    break;
                }
            }
        }
        let Some((set, _, resolved)) = best else { return };
        stated.set = set;
        stated.matched = if finest(&resolved.units).is_some() { resolved.matched } else { Match::None };
        stated.units = resolved.units;
        self.say_findings(plan, resolved.findings.iter(), stated);
    }

    /// The name of a chain's finest unit.
    pub(super) fn name(&self, set: usize, units: &Units) -> String {
        let set = &self.ctx.sets[set];
        let unit = finest(units).and_then(|l| set.unit(l, units[l.index()].as_deref()?));
        unit.map_or(String::new(), |u| u.name.to_string())
    }
}

/// Whether a name of this level was looked for and not found where it should be.
fn known_wrong(findings: &[NameFinding], level: Level) -> bool {
    findings.iter().any(|f| f.level() == level && !matches!(f, NameFinding::AmbiguousName { .. }))
}

/// 1, 2, 3 or the level's name.
fn read_level(cell: &Cell) -> Option<Level> {
    match fold(&cell.shown()).as_str() {
        "1" | "region" | "admin1" | "adm1" => Some(Level::Region),
        "2" | "cercle" | "province" | "departement" | "admin2" | "adm2" => Some(Level::Cercle),
        "3" | "commune" | "admin3" | "adm3" => Some(Level::Commune),
        _ => None,
    }
}
