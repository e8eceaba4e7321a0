//! Tables by month, of the cercles, and the arrows.

use std::collections::BTreeMap;

use super::super::AppError;
use super::super::layers::Asked;
use super::scope::{MEASURE, Scope};
use crate::domain::{Level, Period, Reading};
use crate::formats::grid::{Grid, GridCell, GridChange, GridColumn, GridRow};
use crate::indicators::{Arrow, Key, Table, counted_or_hidden, crossed, part_of, together};
use crate::style::grouped;

/// A row of months with its total and its share of `whole`.
fn month_row(code: &str, label: String, cells: Vec<(Reading, bool)>, whole: u64, is_total: bool) -> GridRow {
    let (sum, some_absent) = together(cells.iter().map(|(r, _)| *r));
    let partial = some_absent || cells.iter().any(|(_, p)| *p);
    let share = sum.number().map_or(GridCell::Percent(None), |n| GridCell::share(n, whole));
    let counts = cells.into_iter().map(|(reading, partial)| GridCell::Count { reading, partial });
    let row =
        counts.chain([GridCell::Count { reading: sum, partial: partial && sum.number().is_some() }, share]).collect();
    GridRow { code: code.to_owned(), label, cells: row, total: is_total }
}

fn month_grid(scope: &Scope<'_>, id: &'static str, titles: (&str, &str), corner: (&str, &str)) -> Grid {
    let l = scope.lang;
    let mut columns = scope.month_columns();
    columns.push(GridColumn::new("total", "Total"));
    columns.push(GridColumn::new("percent", "%"));
    Grid {
        id,
        title: l.pick(titles.0, titles.1).to_owned(),
        unit: "violations".to_owned(),
        corner: l.pick(corner.0, corner.1).to_owned(),
        columns,
        rows: Vec::new(),
        notes: Vec::new(),
    }
}

/// The nation’s reading in each month, and whether a monitored region lacks its number in it.
fn nation(scope: &Scope<'_>) -> Vec<(Reading, bool)> {
    let listed = listed_regions(scope);
    let reading = |t: &Table| {
        let lacking = listed.iter().any(|k| t.cells[*k].reading.number().is_none());
        let reading = Scope::national(t);
        (reading, lacking && reading.number().is_some())
    };
    scope.by_month.iter().map(reading).collect()
}

/// Regions with a number in any of the months: the others are in no row, and a note says so.
fn listed_regions(scope: &Scope<'_>) -> Vec<usize> {
    let known = |k: &usize| scope.by_month.iter().any(|t| t.cells[*k].reading.number().is_some());
    (0..scope.set.units(Level::Region).len()).filter(known).collect()
}

fn total_row(scope: &Scope<'_>) -> (GridRow, u64) {
    let cells = nation(scope);
    let whole = cells.iter().filter_map(|(r, _)| r.number()).sum();
    (month_row("total", "Total".to_owned(), cells, whole, true), whole)
}

pub(super) fn category_month(scope: &Scope<'_>) -> Grid {
    let l = scope.lang;
    let mut grid = month_grid(
        scope,
        "category_month",
        ("Violations par catégorie et par mois", "Violations by category and month"),
        ("Catégorie", "Category"),
    );
    let (total, whole) = total_row(scope);
    let nation = nation(scope);
    let row = |code: &str, label: String, of: &dyn Fn(&Table) -> Reading| {
        let cells = scope.by_month.iter().zip(&nation).map(|(table, (_, partial))| {
            let reading = of(table);
            (reading, *partial && reading.number().is_some())
        });
        month_row(code, label, cells.collect(), whole, false)
    };
    let known = scope.by_month.first().map(|t| t.terms.clone()).unwrap_or_default();
    for term in scope.categories(false) {
        let at = known.iter().position(|t| **t == *term.code);
        grid.rows.extend(at.map(|t| row(&term.code, scope.label(term), &|table| Scope::national_by(table, t))));
    }
    // What a whole has beside its parts; where a part is not told, neither is that.
    let rest = |table: &Table| {
        let told: Option<u64> = table.total_by.iter().copied().sum();
        table.total.zip(told).map(|(all, told)| all.saturating_sub(told))
    };
    if scope.by_month.iter().any(|t| rest(t).is_some_and(|n| n > 0)) {
        let label = l.pick("Catégorie non précisée", "Category not stated").to_owned();
        grid.rows.push(row("other", label, &|t| counted_or_hidden(rest(t))));
    }
    grid.rows.push(total);
    grid
}

pub(super) fn type_month(scope: &Scope<'_>) -> Grid {
    let l = scope.lang;
    let mut grid = month_grid(
        scope,
        "type_month",
        ("Violations par type et par mois", "Violations by type and month"),
        ("Type de violation", "Violation type"),
    );
    let (total, whole) = total_row(scope);
    let nation = nation(scope);
    let terms = scope.theme.terms("violation_type");
    let found =
        crossed(scope.theme, "violation_type", &scope.rows, scope.months.len(), |r| scope.month_column(r.month));
    for (key, counts) in &found {
        let (code, label) = match key {
            Key::Term(t) => (terms[*t].code.clone(), format!("{} {}", terms[*t].code, scope.label(&terms[*t]))),
            Key::Other(text) => (text.to_string(), text.to_string()),
            Key::Missing => ("missing".to_owned(), l.pick("Type non précisé", "Type not stated").to_owned()),
        };
        let cells = counts.iter().zip(&nation).map(|(n, (whole, partial))| {
            let reading = part_of(*whole, *n);
            (reading, *partial && reading.number().is_some())
        });
        grid.rows.push(month_row(&code, label, cells.collect(), whole, false));
    }
    grid.rows.push(total);
    grid
}

pub(super) fn region_month(scope: &Scope<'_>) -> Grid {
    let l = scope.lang;
    let mut grid = month_grid(
        scope,
        "region_month",
        ("Violations par région et par mois", "Violations by region and month"),
        ("Région", "Region"),
    );
    let (total, whole) = total_row(scope);
    let units = scope.set.units(Level::Region);
    let listed = listed_regions(scope);
    for k in &listed {
        let cells = scope.by_month.iter().map(|t| (t.cells[*k].reading, false)).collect();
        grid.rows.push(month_row(&units[*k].pcode, units[*k].name.to_string(), cells, whole, false));
    }
    grid.rows.sort_by(|a, b| a.label.cmp(&b.label));
    if scope.by_month.iter().any(|t| t.non_located != Some(0)) {
        let cells = scope.by_month.iter().map(|t| (counted_or_hidden(t.non_located), false)).collect();
        grid.rows.push(month_row(
            "not_located",
            l.pick("Non localisées", "Not located").to_owned(),
            cells,
            whole,
            false,
        ));
    }
    grid.rows.push(total);
    grid.notes.extend(without_number(scope, &listed));
    grid
}

/// « Sans chiffre : Bamako, Kayes (non couvert). »
fn without_number(scope: &Scope<'_>, listed: &[usize]) -> Option<String> {
    let units = scope.set.units(Level::Region);
    let mut by_status: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for k in (0..units.len()).filter(|k| !listed.contains(k)) {
        let (reading, _) = together(scope.by_month.iter().map(|t| t.cells[k].reading));
        let meaning = crate::formats::grid::absence(reading.word(), scope.lang).1;
        by_status.entry(meaning).or_default().push(&units[k].name);
    }
    let parts: Vec<String> = by_status.iter().map(|(why, names)| format!("{} ({why})", names.join(", "))).collect();
    let head = scope.lang.pick("Régions sans chiffre\u{a0}:", "Regions without a number:");
    (!parts.is_empty()).then(|| format!("{head} {}.", parts.join(scope.lang.pick("\u{a0}; ", "; "))))
}

/// The cercles of the period asked and of the one before, small counts withheld where the asker may not see them.
pub(super) fn cercle_tables(scope: &Scope<'_>) -> Result<(Table, Table), AppError> {
    let level = scope.set.finest().min(Level::Cercle);
    let table =
        |period: Period| scope.service.measure_table(scope.set, MEASURE, level, &Asked { period, ..scope.asked });
    Ok((table(scope.now)?, table(scope.before)?))
}

/// A reading's share of a total, where both are told.
fn share_of(reading: Reading, total: Option<u64>) -> GridCell {
    reading.number().zip(total).map_or(GridCell::Percent(None), |(n, total)| GridCell::share(n, total))
}

/// A change between two readings; no statement where either has no number.
pub(in crate::app) fn change(scope: &Scope<'_>, before: Reading, now: Reading) -> GridCell {
    let Some((old, new)) = before.number().zip(now.number()) else { return GridCell::Change(None) };
    let arrow = Arrow::of(old, new, scope.formula, scope.tolerance);
    let spoken = match arrow {
        Arrow::Up => scope.lang.pick("hausse", "higher"),
        Arrow::Down => scope.lang.pick("baisse", "lower"),
        Arrow::Level => scope.lang.pick("même niveau", "level"),
    };
    GridCell::Change(Some(GridChange {
        counts: (old, new),
        percent: scope.formula.percent(old, new),
        word: arrow.word(),
        symbol: arrow.symbol(),
        spoken: spoken.to_owned(),
    }))
}

pub(super) fn cercles(scope: &Scope<'_>) -> Result<Grid, AppError> {
    let l = scope.lang;
    let (now, before) = cercle_tables(scope)?;
    let level = now.level;
    let units = scope.set.units(level);
    let label = |p| scope.period(p);
    let mut grid = Grid {
        id: "cercles",
        title: l.pick("Violations par cercle", "Violations by cercle").to_owned(),
        unit: "violations".to_owned(),
        corner: l.pick("Cercle", "Cercle").to_owned(),
        columns: vec![
            GridColumn::new("region", l.pick("Région", "Region")),
            GridColumn::new(scope.before.to_string(), label(scope.before)),
            GridColumn::new(scope.now.to_string(), label(scope.now)),
            GridColumn::new("percent", "%"),
            GridColumn::new("change", l.pick("Évolution", "Change")),
        ],
        rows: Vec::new(),
        notes: Vec::new(),
    };
    let shown = |r: Reading| matches!(r, Reading::Value(_) | Reading::Suppressed);
    let mut order: Vec<usize> =
        (0..units.len()).filter(|k| shown(now.cells[*k].reading) || shown(before.cells[*k].reading)).collect();
    order.sort_by_key(|k| (std::cmp::Reverse(now.cells[*k].reading.number()), units[*k].name.clone()));
    for k in &order {
        let (n, b) = (now.cells[*k].reading, before.cells[*k].reading);
        let region = units[*k].parent.as_deref().and_then(|p| scope.set.unit(Level::Region, p));
        grid.rows.push(GridRow {
            code: units[*k].pcode.to_string(),
            label: units[*k].name.to_string(),
            cells: vec![
                GridCell::Text(region.map(|r| r.name.to_string()).unwrap_or_default()),
                GridCell::count(b),
                GridCell::count(n),
                share_of(n, now.total),
                change(scope, b, n),
            ],
            total: false,
        });
    }
    let mut line = |code: &str, text: &str, (old, new): (Reading, Reading), total: bool| {
        let share = share_of(new, now.total);
        let cells = vec![
            GridCell::Text(String::new()),
            GridCell::count(old),
            GridCell::count(new),
            share,
            change(scope, old, new),
        ];
        grid.rows.push(GridRow { code: code.to_owned(), label: text.to_owned(), cells, total });
    };
    if (now.non_located, before.non_located) != (Some(0), Some(0)) {
        let rest = counted_or_hidden;
        let text =
            l.pick("Connues seulement à la région, ou non localisées", "Known to the region only, or not located");
        line("above", text, (rest(before.non_located), rest(now.non_located)), false);
    }
    let whole = (Scope::national(&scope.regions_before), Scope::national(&scope.regions_now));
    line("total", "Total", whole, true);
    let others =
        |word: &str| (0..units.len()).filter(|k| !order.contains(k) && now.cells[*k].reading.word() == word).count();
    let counted = Reading::WORDS
        .into_iter()
        .map(|w| (w, others(w)))
        .filter(|(_, n)| *n > 0)
        .map(|(w, n)| {
            let meaning = match w {
                "zero" => l.pick("couvert, zéro violation", "covered, no violation"),
                w => crate::formats::grid::absence(w, l).1,
            };
            format!("{} {meaning}", grouped(n as u64, l))
        })
        .collect::<Vec<_>>();
    if !counted.is_empty() {
        grid.notes.push(format!("{} {}.", l.pick("Autres cercles\u{a0}:", "Other cercles:"), counted.join(", ")));
    }
    Ok(grid)
}

/// The arrows by region group × category, as the report prints them, and those of the country.
pub(super) fn arrows(scope: &Scope<'_>) -> Grid {
    let l = scope.lang;
    let categories = scope.categories(true);
    let mut columns: Vec<GridColumn> =
        categories.iter().map(|t| GridColumn::new(t.code.clone(), format!("{} {}", t.code, scope.label(t)))).collect();
    columns.push(GridColumn::new("total", "Total"));
    let mut rows = Vec::new();
    for group in &scope.groups {
        // Every region of the group or some: the counts of both periods are over the same regions, those that have a number in both.
        let both: Vec<usize> = group
            .regions
            .iter()
            .copied()
            .filter(|k| {
                [&scope.regions_before, &scope.regions_now].iter().all(|t| t.cells[*k].reading.number().is_some())
            })
            .collect();
        let sum = |table: &Table, term: Option<usize>| {
            let of = |k: &usize| match term {
                Some(t) => table.term_of(*k, t),
                None => table.cells[*k].reading,
            };
            together(both.iter().map(of)).0
        };
        let cell = |term| change(scope, sum(&scope.regions_before, term), sum(&scope.regions_now, term));
        rows.push(GridRow {
            code: group.id.clone(),
            label: group.label.clone(),
            cells: arrow_cells(&scope.regions_now, &categories, cell),
            total: false,
        });
    }
    let (old, new) = (&scope.regions_before, &scope.regions_now);
    let nation = |term: Option<usize>| match term {
        Some(t) => change(scope, Scope::national_by(old, t), Scope::national_by(new, t)),
        None => change(scope, Scope::national(old), Scope::national(new)),
    };
    rows.push(GridRow {
        code: "total".to_owned(),
        label: scope.country(),
        cells: arrow_cells(new, &categories, nation),
        total: true,
    });
    let tolerance =
        crate::style::decimal(scope.tolerance.value(), usize::from(scope.tolerance.value().fract() != 0.0), l);
    let (now, before, formula) = (scope.period(scope.now), scope.period(scope.before), scope.formula_words());
    Grid {
        id: "arrows",
        title: l.pick(format!("Évolution par région : {now} par rapport à {before}").replace(" :", "\u{a0}:"), format!("Change by region: {now} against {before}")),
        unit: "violations".to_owned(),
        corner: l.pick("Région", "Region").to_owned(),
        columns,
        rows,
        notes: vec![l.pick(
            format!("↗ hausse, ↘ baisse, = même niveau (± {tolerance}\u{a0}%)\u{a0}; formule {formula}. – : pas de comparaison possible.").replace(" :", "\u{a0}:"),
            format!("↗ higher, ↘ lower, = level (± {tolerance}%); {formula} formula. –: nothing to compare."),
        )],
    }
}

fn arrow_cells(
    table: &Table,
    categories: &[&crate::domain::Term],
    cell: impl Fn(Option<usize>) -> GridCell,
) -> Vec<GridCell> {
    let of = |code: &str| table.terms.iter().position(|t| **t == *code);
    let known = categories.iter().map(|t| of(&t.code).map_or(GridCell::Change(None), |k| cell(Some(k))));
    known.chain([cell(None)]).collect()
}
