//! Tables of the period asked: victims by status, age and sex; places, hours, occupations and alleged perpetrators by region.

use super::TrendBy;
use super::scope::Scope;
use crate::domain::Level;
use crate::formats::grid::{Grid, GridCell, GridColumn, GridRow};
use crate::indicators::{Counted, Key, counted_as, crossed, key_of, part_of, whole};

/// Columns of the theme that divide the victims of a row.
const PARTS: [(&str, &str, &str); 4] = [
    ("women", "Femmes", "Women"),
    ("men", "Hommes", "Men"),
    ("girls", "Filles (moins de 18 ans)", "Girls (under 18)"),
    ("boys", "Garçons (moins de 18 ans)", "Boys (under 18)"),
];

/// A row's code and label.
fn named(scope: &Scope<'_>, list: &str, key: &Key) -> (String, String) {
    match key {
        Key::Term(t) => {
            let term = &scope.theme.terms(list)[*t];
            (term.code.clone(), scope.label(term))
        }
        Key::Other(text) => (text.to_string(), text.to_string()),
        Key::Missing => ("missing".to_owned(), scope.lang.pick("non renseigné", "not stated").to_owned()),
    }
}

/// Victims by age and sex (rows) and status (columns), as the report prints them.
pub(super) fn victims(scope: &Scope<'_>) -> Grid {
    let l = scope.lang;
    let rows = scope.rows_of(scope.now);
    let nation = Scope::national(&scope.regions_now);
    // Statuses are found once for their order and labels; ages are counted within each.
    let statuses = crossed(scope.theme, "victim_status", &rows, 1, |_| Some(0));
    let total: u64 = statuses.iter().map(|(_, n)| n[0]).sum();
    let place = |row: &Counted<'_>| {
        let key = key_of(scope.theme, "victim_status", row.fact);
        statuses.iter().position(|(k, _)| *k == key)
    };
    let places: Vec<Option<usize>> = rows.iter().map(place).collect();
    let line = |code: &str, label: String, of: &dyn Fn(&Counted<'_>) -> u64, is_total: bool| {
        let mut counts = vec![0_u64; statuses.len()];
        for (row, place) in rows.iter().zip(&places) {
            if let Some(k) = place {
                counts[*k] += of(row);
            }
        }
        let sum: u64 = counts.iter().sum();
        let mut cells: Vec<GridCell> = counts.into_iter().map(|n| GridCell::count(part_of(nation, n))).collect();
        cells.push(GridCell::count(part_of(nation, sum)));
        cells.push(GridCell::share(sum, total));
        GridRow { code: code.to_owned(), label, cells, total: is_total }
    };
    let mut out: Vec<GridRow> = PARTS
        .iter()
        .map(|(column, fr, en)| line(column, l.pick(*fr, *en).to_owned(), &|r| whole(r.fact, column), false))
        .collect();
    let unstated =
        |r: &Counted<'_>| r.amount.saturating_sub(PARTS.iter().map(|(column, ..)| whole(r.fact, column)).sum());
    if rows.iter().any(|r| unstated(r) > 0) {
        out.push(line(
            "unstated",
            l.pick("Âge ou sexe non précisé", "Age or sex not stated").to_owned(),
            &unstated,
            false,
        ));
    }
    out.push(line("total", "Total".to_owned(), &|r| r.amount, true));
    let share = statuses.iter().map(|(_, n)| GridCell::share(n[0], total));
    out.push(GridRow {
        code: "percent".to_owned(),
        label: "%".to_owned(),
        cells: share.chain([GridCell::share(total, total), GridCell::Percent(None)]).collect(),
        total: true,
    });
    let columns = statuses.iter().map(|(key, _)| {
        let (code, label) = named(scope, "victim_status", key);
        GridColumn::new(code, label)
    });
    let period = scope.period(scope.now);
    Grid {
        id: "victims",
        title: l.pick(
            format!("Victimes par statut, âge et sexe, {period}"),
            format!("Victims by status, age and sex, {period}"),
        ),
        unit: "violations".to_owned(),
        corner: l.pick("Âge et sexe", "Age and sex").to_owned(),
        columns: columns.chain([GridColumn::new("total", "Total"), GridColumn::new("percent", "%")]).collect(),
        rows: out,
        notes: vec![
            l.pick(
                "Une violation est une victime × un type : une personne qui en subit deux compte deux fois.",
                "A violation is one victim × one type: a person who suffers two counts twice.",
            )
            .replace(" :", "\u{a0}:"),
        ],
    }
}

/// A column's terms for the country and each region with a number; never finer.
pub(super) fn by_region(scope: &Scope<'_>, by: TrendBy) -> Grid {
    let l = scope.lang;
    let (id, column, fr, en) = match by {
        TrendBy::Time => ("time_slots", "time_slot", "Tranches horaires", "Time of day"),
        TrendBy::Socio => (
            "socio_economic",
            "socio_economic_status",
            "Statut socio-économique des victimes",
            "Socio-economic status of victims",
        ),
        TrendBy::Perpetrator => {
            ("perpetrators", "perpetrator_class", "Auteurs présumés par classe", "Alleged perpetrators by class")
        }
        _ => ("places", "place", "Lieux des violations", "Places of violations"),
    };
    let list = scope.theme.column(column).and_then(|c| c.terms.as_deref()).unwrap_or(column);
    let units = scope.set.units(Level::Region);
    let cells = &scope.regions_now.cells;
    let mut regions: Vec<usize> = (0..units.len()).filter(|k| cells[*k].reading.number().is_some()).collect();
    regions.sort_by_key(|k| units[*k].name.clone());
    let nowhere = regions.len();
    let rows = scope.rows_of(scope.now);
    let found = crossed(scope.theme, column, &rows, nowhere + 1, |r| {
        Some(r.units[Level::Region.index()].and_then(|u| regions.iter().position(|k| *k == u)).unwrap_or(nowhere))
    });
    let mut totals = vec![0_u64; nowhere + 1];
    for (_, counts) in &found {
        totals.iter_mut().zip(counts).for_each(|(t, n)| *t += n);
    }
    let whole_total: u64 = totals.iter().sum();
    let nation = Scope::national(&scope.regions_now);
    let unplaced = totals[nowhere] > 0;
    let width = nowhere + usize::from(unplaced);
    let line = |counts: &[u64]| {
        let sum: u64 = counts.iter().sum();
        let mut out = vec![GridCell::count(part_of(nation, sum)), GridCell::share(sum, whole_total)];
        out.extend(counts[..width].iter().map(|n| GridCell::count(counted_as(*n))));
        out
    };
    let mut out: Vec<GridRow> = found
        .iter()
        .map(|(key, counts)| {
            let (code, label) = named(scope, list, key);
            GridRow { code, label, cells: line(counts), total: false }
        })
        .collect();
    // The most frequent first, as the report does; hours stay in the order of the day.
    if by != TrendBy::Time {
        let sum = |row: &GridRow| match &row.cells[0] {
            GridCell::Count { reading, .. } => reading.number().unwrap_or(0),
            _ => 0,
        };
        out.sort_by_key(|row| std::cmp::Reverse(sum(row)));
    }
    out.push(GridRow { code: "total".to_owned(), label: "Total".to_owned(), cells: line(&totals), total: true });
    let mut columns = vec![GridColumn::new("national", scope.country()), GridColumn::new("percent", "%")];
    columns.extend(regions.iter().map(|k| GridColumn::new(units[*k].pcode.to_string(), units[*k].name.to_string())));
    if unplaced {
        columns.push(GridColumn::new("not_located", l.pick("Non localisées", "Not located")));
    }
    let period = scope.period(scope.now);
    let mut notes = Vec::new();
    if by == TrendBy::Perpetrator {
        notes.push(
            l.pick(
                "Classes telles que rapportées, jamais un nom ; par région au plus fin. Sous-déclarées par peur de représailles.",
                "Classes as reported, never a name; by region at the finest. Under-reported for fear of reprisals.",
            )
            .replace(" ;", "\u{a0};"),
        );
    }
    Grid {
        id,
        title: l.pick(format!("{fr}, {period}"), format!("{en}, {period}")),
        unit: "violations".to_owned(),
        corner: l.pick(fr, en).to_owned(),
        columns,
        rows: out,
        notes,
    }
}
