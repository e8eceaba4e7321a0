//! Villages, towns and roads: what they add to the names and codes of a row.

use super::Issue;
use super::locate::{Locator, Stated, Units};
use super::plan::Plan;
use crate::boundaries::axis_units;
use crate::domain::{Level, Match};
use crate::ingest::codes::{self, IssueCode};
use crate::ingest::place::{LocalityAnswer, finest};

/// What the village or town of a row says.
#[derive(Debug, Clone, Default)]
pub(super) struct Town {
    /// The commune it lies in.
    units: Option<Units>,
    /// Why there is none, or none that is sure.
    issue: Option<Issue>,
}

impl Town {
    /// Applies it where the row's codes, names and coordinates lead to no commune; gives the level that it leaves open.
    pub(super) fn add(
        &self,
        same_set: bool,
        (units, matched): (&mut Units, &mut Match),
        issues: &mut Vec<Issue>,
    ) -> Option<Level> {
        if !same_set || finest(units) == Some(Level::Commune) {
            return None;
        }
        if let Some(found) = &self.units {
            units.clone_from(found);
            *matched = Match::Locality;
        }
        issues.extend(self.issue.clone());
        self.issue.as_ref().map(|_| Level::Commune)
    }
}

impl Locator<'_> {
    /// Asks for the village or town within what codes and names have settled.
    pub(super) fn by_town(&self, plan: &Plan, town: &str, stated: &mut Stated) {
        if finest(&stated.units) == Some(Level::Commune) {
            return;
        }
        // Names that contradict each other give no parent to look within.
        let contradicted = stated.issues.iter().any(|i| i.wrong.0 == codes::PLACE_CONTRADICTION);
        if contradicted && finest(&stated.units).is_none() {
            return;
        }
        let lang = self.ctx.lang;
        let answer = self.ctx.places.locality(stated.set, town, &stated.units);
        let within = self.name(stated.set, &stated.units);
        let (code, message): (IssueCode, String) = match &answer {
            LocalityAnswer::NoGazetteer => return,
            LocalityAnswer::One(units) => {
                stated.town.units = Some(units.clone());
                stated.anything = true;
                return;
            }
            LocalityAnswer::Unknown => (
                codes::UNKNOWN_PLACE,
                say!(
                    lang,
                    "localité inconnue : corrigez le nom, ajoutez la commune, ou choisissez dans la liste à vérifier (vigie imports review)",
                    "unknown village or town: correct the name, add the commune, or choose in the review queue (vigie imports review)"
                ),
            ),
            LocalityAnswer::Several(communes) => {
                let (n, names) = (communes.len(), self.names_of(stated.set, communes));
                (
                    codes::AMBIGUOUS_PLACE,
                    say!(
                        lang,
                        "{n} communes ont une localité de ce nom ({names}) : ajoutez la commune ou le cercle",
                        "{n} communes have a village or town of this name ({names}): add the commune or the cercle"
                    ),
                )
            }
            LocalityAnswer::Elsewhere(communes) => {
                let names = self.names_of(stated.set, communes);
                (
                    codes::PLACE_CONTRADICTION,
                    say!(
                        lang,
                        "aucune localité de ce nom dans {within} ; il y en a ailleurs ({names}) : corrigez l’un des deux",
                        "no village or town of this name in {within}; there is one elsewhere ({names}): correct one of the two"
                    ),
                )
            }
        };
        stated.anything = true;
        stated.town.issue = Some(Issue { column: plan.locality, value: Some(town.to_owned()), wrong: (code, message) });
    }

    /// Puts the row on a road: within what names have settled, at the finest unit that the road's places share.
    pub(super) fn by_axis(&self, plan: &Plan, road: &str, stated: &mut Stated) {
        let Some(axis) = self.ctx.places.axis(stated.set, road, &stated.units) else { return };
        let lang = self.ctx.lang;
        stated.anything = true;
        let column = plan.locality.or(plan.names[2]);
        let issue = |wrong| Issue { column, value: Some(road.to_owned()), wrong };
        let known: Vec<&Units> = axis.places.iter().filter(|p| p.is_known()).map(|p| &p.units).collect();
        let level = finest(&stated.units);
        let at = level.map_or(0, Level::index);
        let passes = known.iter().any(|u| u[at] == stated.units[at]);
        let shared = axis_units(&axis);
        if level.is_some() && !known.is_empty() && !passes {
            let (names, within) = (self.names_of(stated.set, known), self.name(stated.set, &stated.units));
            let message = say!(
                lang,
                "l’axe passe par {names}, la ligne dit {within}, qui l’emporte : corrigez l’un des deux",
                "the road passes through {names}, the row says {within}, which prevails: correct one of the two"
            );
            stated.issues.push(issue((codes::PLACE_CONTRADICTION, message)));
        } else if finest(&shared) > level {
            stated.units = shared;
            stated.matched = Match::Axis;
        }
        let lost: Vec<&str> = axis.places.iter().filter(|p| !p.is_known()).map(|p| &*p.stated).collect();
        if !lost.is_empty() {
            let lost = lost.join(", ");
            let message = say!(
                lang,
                "sur cet axe, {lost} n’a pas été reconnu : la ligne n’est située qu’à la région ; corrigez le nom ou ajoutez le cercle",
                "on this road, {lost} was not recognised: the row is located to the region only; correct the name or add the cercle"
            );
            stated.issues.push(issue((codes::AXIS_PLACE_UNKNOWN, message)));
        }
        stated.axis = Some(axis);
    }

    /// Names of some units, at most five.
    fn names_of<'u>(&self, set: usize, units: impl IntoIterator<Item = &'u Units>) -> String {
        let mut names: Vec<String> = units.into_iter().map(|u| self.name(set, u)).collect();
        if names.len() > 5 {
            names.truncate(5);
            names.push("…".to_owned());
        }
        names.join(", ")
    }
}
