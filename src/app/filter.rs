//! CQL2 filters (OGC 21-065r2): parsed by the `cql2` crate, checked against a layer's fields before anything is
//! computed, then decided row by row. Property names are an allow-list: what is no field is refused by name.
//!
//! A comparison with an absence is neither true nor false (three-valued logic), so `value < 5` never finds a commune
//! that was not covered; `value IS NULL` does.

use std::cmp::Ordering;

use cql2::Expr;
use geo::{BoundingRect as _, Intersects as _};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::{FeatureRow, FieldInfo, FieldKind, PropertyValue};

/// The language a filter is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterLang {
    /// `cql2-text`.
    Text,
    /// `cql2-json`.
    Json,
}

/// Longest filter, bytes.
pub const FILTER_BYTES: usize = 8 * 1024;
/// Deepest nesting of brackets, and longest run of `NOT`: each level is a call of the parser.
pub const FILTER_DEPTH: usize = 24;
/// Most comparisons and connectives.
pub const FILTER_NODES: usize = 500;

/// Why a filter is refused: French, English.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{en}")]
pub struct FilterError {
    /// French sentence with the cure.
    pub fr: String,
    /// English sentence with the cure.
    pub en: String,
}

fn refuse(fr: impl Into<String>, en: impl Into<String>) -> FilterError {
    FilterError { fr: fr.into(), en: en.into() }
}

/// A filter ready to be asked about rows of one layer.
#[derive(Debug, Clone)]
pub struct Filter {
    root: Test,
}

/// Decides: yes, no or not known.
#[derive(Debug, Clone)]
enum Test {
    Const(bool),
    /// A yes/no field by itself.
    Flag(Term),
    And(Vec<Test>),
    Or(Vec<Test>),
    Not(Box<Test>),
    Compare(Term, Comparison, Term),
    Like(Term, String),
    In(Term, Vec<Term>),
    IsNull(Term),
    Meets(Box<geo::Geometry<f64>>, geo::Rect<f64>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn of(op: &str) -> Option<Self> {
        Some(match op {
            "=" => Self::Equal,
            "<>" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }
}

/// Something with a value.
#[derive(Debug, Clone)]
enum Term {
    Field(usize, FieldKind),
    Number(f64),
    Text(String),
    Flag(bool),
    /// A day or an instant: compared with texts that are dates.
    Time(String),
    /// Case (and accents) of the inner term do not count.
    Folded(Box<Term>, Fold),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fold {
    Case,
    Accents,
}

/// A term's value on a row.
#[derive(Debug, PartialEq)]
enum Found {
    Number(f64),
    Text(String),
    Flag(bool),
}

/// What a term's value is, for checking that two can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Number,
    Text,
    Flag,
}

impl Filter {
    /// Reads a filter and settles its names against the fields of a layer.
    ///
    /// # Errors
    /// A filter that is too long or too deep, cannot be parsed, names what is no field, compares values of different
    /// types, or uses an operator that is not offered.
    pub fn parse(text: &str, lang: FilterLang, fields: &[FieldInfo]) -> Result<Self, FilterError> {
        within_limits(text)?;
        let unreadable = |e: String| {
            let e = first_line(&e);
            refuse(
                format!("Filtre illisible : {e}. Exemple : value >= 10 AND name LIKE 'Mop%'."),
                format!("Unreadable filter: {e}. Example: value >= 10 AND name LIKE 'Mop%'."),
            )
        };
        let expr = match lang {
            FilterLang::Text => cql2::parse_text(text).map_err(|e| unreadable(e.to_string()))?,
            FilterLang::Json => cql2::parse_json(text).map_err(|e| unreadable(e.to_string()))?,
        };
        let mut reader = Reader { fields, nodes: 0 };
        Ok(Self { root: reader.test(&expr)? })
    }

    /// Whether a row is chosen: only a plain yes is.
    pub fn chooses(&self, row: &FeatureRow) -> bool {
        self.root.decide(row) == Some(true)
    }

    /// The geometries asked about, to be put into CRS84 by `change` where the filter was written in another CRS.
    pub fn map_coordinates(
        &mut self,
        change: &mut dyn FnMut((f64, f64)) -> Option<(f64, f64)>,
    ) -> Result<(), FilterError> {
        self.root.map_coordinates(change)
    }
}

/// Length and depth, before the parser sees anything.
fn within_limits(text: &str) -> Result<(), FilterError> {
    let too = |what_fr: &str, what_en: &str| {
        Err(refuse(
            format!(
                "Filtre trop {what_fr} : au plus {FILTER_BYTES} octets, {FILTER_DEPTH} niveaux et {FILTER_NODES} opérations. Simplifiez-le."
            ),
            format!(
                "Filter too {what_en}: at most {FILTER_BYTES} bytes, {FILTER_DEPTH} levels and {FILTER_NODES} operations. Make it simpler."
            ),
        ))
    };
    if text.len() > FILTER_BYTES {
        return too("long", "long");
    }
    let (mut depth, mut deepest, mut quote) = (0_usize, 0_usize, None);
    for c in text.chars() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    let nots = text.to_ascii_lowercase().matches("not").count().max(text.matches("--").count());
    // JSON nests an object and a list a level.
    if deepest > 3 * FILTER_DEPTH
        || (deepest > FILTER_DEPTH && !text.trim_start().starts_with('{'))
        || nots > 4 * FILTER_DEPTH
    {
        return too("profond", "deep");
    }
    Ok(())
}

/// The first line of a parser's message, without its drawing.
fn first_line(message: &str) -> String {
    let line = message.lines().find(|l| l.contains("expected")).or_else(|| message.lines().next()).unwrap_or_default();
    line.trim_matches(|c: char| c.is_whitespace() || c == '=').chars().take(160).collect()
}

struct Reader<'f> {
    fields: &'f [FieldInfo],
    nodes: usize,
}

impl Reader<'_> {
    fn test(&mut self, expr: &Expr) -> Result<Test, FilterError> {
        self.nodes += 1;
        if self.nodes > FILTER_NODES {
            return Err(refuse(
                format!("Filtre de plus de {FILTER_NODES} opérations. Simplifiez-le, par exemple avec IN."),
                format!("A filter of more than {FILTER_NODES} operations. Make it simpler, with IN for instance."),
            ));
        }
        match expr {
            Expr::Bool(b) => Ok(Test::Const(*b)),
            Expr::Property { .. } => match self.term(expr)? {
                field @ Term::Field(_, FieldKind::Boolean) => Ok(Test::Flag(field)),
                _ => Err(no_test(expr)),
            },
            Expr::Operation { op, args } => self.operation(op, args, expr),
            _ => Err(no_test(expr)),
        }
    }

    fn operation(&mut self, op: &str, args: &[Box<Expr>], whole: &Expr) -> Result<Test, FilterError> {
        if let (Some(comparison), [a, b]) = (Comparison::of(op), args) {
            let (a, b) = (self.term(a)?, self.term(b)?);
            self.comparable(&a, &b)?;
            return Ok(Test::Compare(a, comparison, b));
        }
        match (op, args) {
            ("and" | "or", [_, _, ..]) => {
                let tests = args.iter().map(|a| self.test(a)).collect::<Result<Vec<_>, _>>()?;
                Ok(if op == "and" { Test::And(tests) } else { Test::Or(tests) })
            }
            ("not", [inner]) => Ok(Test::Not(Box::new(self.test(inner)?))),
            ("isNull", [inner]) => Ok(Test::IsNull(self.term(inner)?)),
            ("like", [value, pattern]) => {
                let (value, pattern) = (self.term(value)?, self.term(pattern)?);
                self.both_text(&value)?;
                match pattern.constant_text() {
                    Some(pattern) => Ok(Test::Like(value, pattern)),
                    None => Err(refuse(
                        "LIKE veut un texte entre apostrophes, où % vaut n’importe quelle suite : name LIKE 'Mop%'.",
                        "LIKE wants a quoted text, in which % stands for any run: name LIKE 'Mop%'.",
                    )),
                }
            }
            ("in", [value, list]) => {
                let value = self.term(value)?;
                let Expr::Array(items) = list.as_ref() else { return Err(no_test(whole)) };
                self.nodes += items.len();
                let items = items.iter().map(|i| self.term(i)).collect::<Result<Vec<_>, _>>()?;
                for item in &items {
                    self.comparable(&value, item)?;
                }
                Ok(Test::In(value, items))
            }
            ("between", [value, low, high]) => {
                let (value, low, high) = (self.term(value)?, self.term(low)?, self.term(high)?);
                self.comparable(&value, &low)?;
                self.comparable(&value, &high)?;
                Ok(Test::And(vec![
                    Test::Compare(value.clone(), Comparison::GreaterOrEqual, low),
                    Test::Compare(value, Comparison::LessOrEqual, high),
                ]))
            }
            ("s_intersects", [a, b]) => match (is_geometry_name(a), is_geometry_name(b)) {
                (true, false) => geometry_of(b),
                (false, true) => geometry_of(a),
                _ => Err(refuse(
                    "S_INTERSECTS compare « geometry » à une géométrie : S_INTERSECTS(geometry, BBOX(-6, 13, -3, 16)).",
                    "S_INTERSECTS compares “geometry” with a geometry: S_INTERSECTS(geometry, BBOX(-6, 13, -3, 16)).",
                )),
            },
            _ => Err(refuse(
                format!(
                    "L’opérateur « {op} » n’est pas offert. Offerts : AND, OR, NOT, = <> < <= > >=, LIKE, BETWEEN, IN, IS NULL, CASEI, ACCENTI, S_INTERSECTS."
                ),
                format!(
                    "The operator “{op}” is not offered. Offered: AND, OR, NOT, = <> < <= > >=, LIKE, BETWEEN, IN, IS NULL, CASEI, ACCENTI, S_INTERSECTS."
                ),
            )),
        }
    }

    fn term(&mut self, expr: &Expr) -> Result<Term, FilterError> {
        self.nodes += 1;
        match expr {
            Expr::Property { property } => {
                let found = self.fields.iter().position(|f| f.name == *property);
                let Some(k) = found else {
                    let name: String = property.chars().take(60).collect();
                    let known = self.fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>().join(", ");
                    return Err(refuse(
                        format!("« {name} » n’est pas un champ de cette couche. Champs : {known}."),
                        format!("“{name}” is no field of this layer. Fields: {known}."),
                    ));
                };
                Ok(Term::Field(k, self.fields[k].kind))
            }
            Expr::Float(x) => Ok(Term::Number(*x)),
            Expr::Literal(t) => Ok(Term::Text(t.clone())),
            Expr::Bool(b) => Ok(Term::Flag(*b)),
            Expr::Date { date: inner } | Expr::Timestamp { timestamp: inner } => match inner.as_ref() {
                Expr::Literal(t) => Ok(Term::Time(t.clone())),
                _ => Err(no_test(expr)),
            },
            Expr::Operation { op, args } if op == "casei" || op == "accenti" => match args.as_slice() {
                [inner] => {
                    let inner = self.term(inner)?;
                    self.both_text(&inner)?;
                    Ok(Term::Folded(Box::new(inner), if op == "casei" { Fold::Case } else { Fold::Accents }))
                }
                _ => Err(no_test(expr)),
            },
            Expr::Operation { op, args } if op == "*" || op == "-" => match args.as_slice() {
                // A minus sign before a number comes as a product.
                [a, b] if matches!((a.as_ref(), b.as_ref()), (Expr::Float(_), Expr::Float(_))) => {
                    let (Expr::Float(a), Expr::Float(b)) = (a.as_ref(), b.as_ref()) else {
                        return Err(no_test(expr));
                    };
                    Ok(Term::Number(if op == "*" { a * b } else { a - b }))
                }
                _ => Err(no_test(expr)),
            },
            _ => Err(no_test(expr)),
        }
    }

    fn comparable(&self, a: &Term, b: &Term) -> Result<(), FilterError> {
        if a.sort() == b.sort() {
            return Ok(());
        }
        let (fr_a, en_a) = self.say(a);
        let (fr_b, en_b) = self.say(b);
        Err(refuse(
            format!("{fr_a} et {fr_b} ne se comparent pas. Un texte s’écrit entre apostrophes, un nombre sans."),
            format!("{en_a} and {en_b} cannot be compared. A text is quoted, a number is not."),
        ))
    }

    fn both_text(&self, a: &Term) -> Result<(), FilterError> {
        self.comparable(a, &Term::Text(String::new()))
    }

    fn say(&self, term: &Term) -> (String, String) {
        let (fr, en) = match term.sort() {
            Sort::Number => ("nombre", "number"),
            Sort::Text => ("texte", "text"),
            Sort::Flag => ("oui/non", "yes/no"),
        };
        let name = match term {
            Term::Field(k, _) => self.fields[*k].name.clone(),
            Term::Number(x) => x.to_string(),
            Term::Text(t) | Term::Time(t) => t.chars().take(40).collect(),
            Term::Flag(b) => b.to_string(),
            Term::Folded(inner, _) => return self.say(inner),
        };
        (format!("« {name} » ({fr})"), format!("“{name}” ({en})"))
    }
}

fn no_test(expr: &Expr) -> FilterError {
    let what: String = expr.to_text().unwrap_or_default().chars().take(60).collect();
    refuse(
        format!("« {what} » ne peut pas être évalué ici : comparez un champ à une valeur, par exemple value >= 10."),
        format!("“{what}” cannot be evaluated here: compare a field with a value, for instance value >= 10."),
    )
}

/// `geometry`, and `geom` as QGIS and many examples write it.
fn is_geometry_name(expr: &Expr) -> bool {
    matches!(expr, Expr::Property { property } if ["geometry", "geom"].contains(&property.as_str()))
}

fn geometry_of(expr: &Expr) -> Result<Test, FilterError> {
    let bad = || {
        refuse(
            "Géométrie illisible : BBOX(ouest, sud, est, nord), ou WKT comme POLYGON((…)).",
            "Unreadable geometry: BBOX(west, south, east, north), or WKT such as POLYGON((…)).",
        )
    };
    let geometry = match expr {
        Expr::BBox { bbox } => {
            let numbers: Option<Vec<f64>> = bbox.iter().map(|e| f64::try_from(e.as_ref().clone()).ok()).collect();
            let (w, s, e, n) = match numbers.as_deref() {
                Some([w, s, e, n] | [w, s, _, e, n, _]) => (*w, *s, *e, *n),
                _ => return Err(bad()),
            };
            if ![w, s, e, n].iter().all(|x| x.is_finite()) || w > e || s > n {
                return Err(bad());
            }
            geo::Geometry::Polygon(geo::Rect::new((w, s), (e, n)).to_polygon())
        }
        Expr::Geometry(geometry) => {
            let json = serde_json::to_value(geometry).map_err(|_| bad())?;
            let parsed = geojson::Geometry::from_json_value(json).map_err(|_| bad())?;
            geo::Geometry::try_from(parsed).map_err(|_| bad())?
        }
        _ => return Err(bad()),
    };
    let rect = geometry.bounding_rect().filter(|r| r.min().x.is_finite() && r.max().x.is_finite()).ok_or_else(bad)?;
    Ok(Test::Meets(Box::new(geometry), rect))
}

impl Term {
    fn sort(&self) -> Sort {
        match self {
            Self::Field(_, FieldKind::Integer | FieldKind::Number) | Self::Number(_) => Sort::Number,
            Self::Field(_, FieldKind::String) | Self::Text(_) | Self::Time(_) | Self::Folded(..) => Sort::Text,
            Self::Field(_, FieldKind::Boolean) | Self::Flag(_) => Sort::Flag,
        }
    }

    fn constant_text(&self) -> Option<String> {
        match self {
            Self::Text(t) => Some(t.clone()),
            Self::Folded(inner, fold) => inner.constant_text().map(|t| folded(&t, *fold)),
            _ => None,
        }
    }

    fn find(&self, row: &FeatureRow) -> Option<Found> {
        match self {
            Self::Field(k, _) => match row.values.get(*k)? {
                PropertyValue::Null => None,
                PropertyValue::Text(t) => Some(Found::Text(t.to_string())),
                PropertyValue::Int(n) => Some(Found::Number(*n as f64)),
                PropertyValue::Real(x) => Some(Found::Number(*x)),
                PropertyValue::Flag(b) => Some(Found::Flag(*b)),
            },
            Self::Number(x) => Some(Found::Number(*x)),
            // A day is compared with days and months as they are written; of an instant the day counts.
            Self::Time(t) => Some(Found::Text(t.chars().take(10).collect())),
            Self::Text(t) => Some(Found::Text(t.clone())),
            Self::Flag(b) => Some(Found::Flag(*b)),
            Self::Folded(inner, fold) => match inner.find(row)? {
                Found::Text(t) => Some(Found::Text(folded(&t, *fold))),
                other => Some(other),
            },
        }
    }
}

fn folded(text: &str, fold: Fold) -> String {
    match fold {
        Fold::Case => text.to_lowercase(),
        Fold::Accents => text.nfd().filter(|c| !is_combining_mark(*c)).nfc().collect(),
    }
}

fn order(a: &Found, b: &Found) -> Option<Ordering> {
    match (a, b) {
        (Found::Number(a), Found::Number(b)) => a.partial_cmp(b),
        (Found::Text(a), Found::Text(b)) => Some(a.cmp(b)),
        (Found::Flag(a), Found::Flag(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

impl Test {
    fn decide(&self, row: &FeatureRow) -> Option<bool> {
        match self {
            Self::Const(b) => Some(*b),
            Self::Flag(term) => match term.find(row)? {
                Found::Flag(b) => Some(b),
                _ => None,
            },
            // One no settles an AND whatever is not known, one yes an OR.
            Self::And(tests) => all(tests.iter().map(|t| t.decide(row))),
            Self::Or(tests) => all(tests.iter().map(|t| t.decide(row).map(|b| !b))).map(|b| !b),
            Self::Not(test) => test.decide(row).map(|b| !b),
            Self::Compare(a, comparison, b) => {
                let order = order(&a.find(row)?, &b.find(row)?)?;
                Some(match comparison {
                    Comparison::Equal => order.is_eq(),
                    Comparison::NotEqual => order.is_ne(),
                    Comparison::Less => order.is_lt(),
                    Comparison::LessOrEqual => order.is_le(),
                    Comparison::Greater => order.is_gt(),
                    Comparison::GreaterOrEqual => order.is_ge(),
                })
            }
            Self::Like(term, pattern) => match term.find(row)? {
                Found::Text(t) => Some(like(&t, pattern)),
                _ => None,
            },
            Self::In(term, items) => {
                let value = term.find(row)?;
                let found = items.iter().map(|i| order(&value, &i.find(row)?).map(Ordering::is_ne));
                all(found).map(|none| !none)
            }
            Self::IsNull(term) => Some(term.find(row).is_none()),
            Self::Meets(geometry, rect) => Some(meets(row, geometry, *rect)),
        }
    }

    fn map_coordinates(&mut self, change: &mut dyn FnMut((f64, f64)) -> Option<(f64, f64)>) -> Result<(), FilterError> {
        use geo::MapCoords as _;
        match self {
            Self::And(tests) | Self::Or(tests) => tests.iter_mut().try_for_each(|t| t.map_coordinates(change)),
            Self::Not(test) => test.map_coordinates(change),
            Self::Meets(geometry, rect) => {
                let out_of_reach = || {
                    refuse(
                        "La géométrie du filtre sort du domaine de « filter-crs ».",
                        "The filter’s geometry lies outside the area of “filter-crs”.",
                    )
                };
                let cell = std::cell::RefCell::new(change);
                let moved = geometry
                    .try_map_coords(|c| (cell.borrow_mut())((c.x, c.y)).map(|(x, y)| geo::Coord { x, y }).ok_or(()))
                    .map_err(|()| out_of_reach())?;
                *rect = moved.bounding_rect().ok_or_else(out_of_reach)?;
                **geometry = moved;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// AND of three-valued answers.
fn all(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = Some(true);
    for answer in answers {
        match answer {
            Some(false) => return Some(false),
            None => known = None,
            Some(true) => {}
        }
    }
    known
}

/// Boxes first: the geometry's text is only read where they do not settle it.
fn meets(row: &FeatureRow, geometry: &geo::Geometry<f64>, rect: geo::Rect<f64>) -> bool {
    let b = &row.bbox;
    let apart = b.is_empty()
        || b.west > rect.max().x
        || b.east < rect.min().x
        || b.south > rect.max().y
        || b.north < rect.min().y;
    if apart {
        return false;
    }
    let Some(text) = row.geometry.as_deref() else { return false };
    let own = text.parse::<geojson::Geometry>().ok().and_then(|g| geo::Geometry::<f64>::try_from(g).ok());
    own.is_some_and(|own| own.intersects(geometry))
}

/// `%` any run, `_` one character, `\` takes the next as it is. Time grows with text × pattern, never beyond.
fn like(text: &str, pattern: &str) -> bool {
    enum Part {
        Any,
        One,
        Just(char),
    }
    let mut parts = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        parts.push(match c {
            '%' => Part::Any,
            '_' => Part::One,
            '\\' => Part::Just(chars.next().unwrap_or('\\')),
            c => Part::Just(c),
        });
    }
    // reach[j]: the text so far can be used up by the first j parts.
    let mut reach = vec![false; parts.len() + 1];
    reach[0] = true;
    for (j, part) in parts.iter().enumerate() {
        reach[j + 1] = reach[j] && matches!(part, Part::Any);
    }
    for c in text.chars() {
        let before = reach.clone();
        reach[0] = false;
        for (j, part) in parts.iter().enumerate() {
            reach[j + 1] = match part {
                Part::Any => before[j + 1] || reach[j],
                Part::One => before[j],
                Part::Just(p) => before[j] && *p == c,
            };
        }
    }
    reach[parts.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spatial::Bbox;

    fn fields() -> Vec<FieldInfo> {
        let kinds = [("name", FieldKind::String), ("value", FieldKind::Integer), ("rate", FieldKind::Number)];
        let more = [("outside_coverage", FieldKind::Boolean), ("date", FieldKind::String)];
        let field = |(name, kind): (&str, FieldKind)| FieldInfo {
            name: name.into(),
            kind,
            title_fr: String::new(),
            title_en: String::new(),
        };
        kinds.into_iter().chain(more).map(field).collect()
    }

    /// A triangle from (0, 0) to (2, 2) below its diagonal.
    fn row(value: Option<i64>) -> FeatureRow {
        FeatureRow {
            id: "a.b".into(),
            geometry: Some(r#"{"type":"MultiPolygon","coordinates":[[[[0,0],[2,0],[2,2],[0,0]]]]}"#.into()),
            bbox: Bbox { west: 0.0, south: 0.0, east: 2.0, north: 2.0 },
            values: vec![
                PropertyValue::Text("Ménaka".into()),
                value.map_or(PropertyValue::Null, PropertyValue::Int),
                PropertyValue::Real(2.5),
                PropertyValue::Flag(true),
                PropertyValue::Text("2021-06-17".into()),
            ],
        }
    }

    fn chosen(filter: &str) -> bool {
        let lang = if filter.starts_with('{') { FilterLang::Json } else { FilterLang::Text };
        Filter::parse(filter, lang, &fields()).expect(filter).chooses(&row(Some(7)))
    }

    fn refused(filter: &str) -> String {
        let lang = if filter.starts_with('{') { FilterLang::Json } else { FilterLang::Text };
        Filter::parse(filter, lang, &fields()).expect_err(filter).en
    }

    #[test]
    fn comparisons_connectives_and_functions_choose_as_the_standard_says() {
        for yes in [
            "value = 7",
            "value<>8 AND name = 'Ménaka'",
            "(value > 6) AND (rate <= 2.5)",
            "value BETWEEN 7 AND 9",
            "value NOT BETWEEN 8 AND 9",
            "value IN (1, 7)",
            "name NOT IN ('Gao', 'Mopti')",
            "name LIKE 'M%ka'",
            "name LIKE 'M_naka'",
            "NOT name LIKE 'menaka'",
            "CASEI(name) = CASEI('MÉNAKA')",
            "ACCENTI(CASEI(name)) LIKE ACCENTI(CASEI('MENA%'))",
            "value IS NOT NULL",
            "outside_coverage = TRUE",
            "outside_coverage",
            "\"value\" >= -3",
            "date >= DATE('2021-06-01') AND date < DATE('2021-07-01')",
            "date = TIMESTAMP('2021-06-17T00:00:00.000Z')",
            "value > rate",
            "S_INTERSECTS(geometry, BBOX(1, 0, 3, 1))",
            "S_INTERSECTS(geom,BBOX(1.5,0.1,1.6,0.2))",
            "S_INTERSECTS(geometry, POINT(1.5 0.5))",
            r#"{"op":"=","args":[{"property":"value"},7]}"#,
            r#"{"op":"and","args":[{"op":">","args":[{"property":"value"},6]},{"op":"like","args":[{"property":"name"},"Mé%"]}]}"#,
            r#"{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":[1.5,0.5]}]}"#,
        ] {
            assert!(chosen(yes), "{yes}");
        }
        for no in [
            "value = 8",
            "name = 'Menaka'",
            "value < 7 OR rate > 3",
            // Inside the box of the triangle, outside the triangle.
            "S_INTERSECTS(geometry, POINT(0.5 1.5))",
            "S_INTERSECTS(geometry, BBOX(10, 10, 11, 11))",
            "value IS NULL",
            "NOT outside_coverage",
        ] {
            assert!(!chosen(no), "{no}");
        }
    }

    #[test]
    fn an_absence_is_neither_less_nor_more_nor_other_than_a_number() {
        let chosen =
            |filter: &str| Filter::parse(filter, FilterLang::Text, &fields()).expect("a filter").chooses(&row(None));
        for no in ["value < 5", "value >= 0", "value <> 3", "NOT value < 5", "value IN (0)", "NOT value IN (0)"] {
            assert!(!chosen(no), "{no}");
        }
        assert!(chosen("value IS NULL"));
        assert!(chosen("value < 5 OR name = 'Ménaka'"));
        assert!(!chosen("value < 5 AND name = 'Ménaka'"));
    }

    #[test]
    fn what_cannot_be_asked_is_refused_with_the_cure() {
        for (filter, says) in [
            ("nom = 'x'", "no field"),
            ("value = 'x'", "cannot be compared"),
            ("name > 3", "cannot be compared"),
            ("value", "cannot be evaluated"),
            ("value >", "Unreadable"),
            ("", "Unreadable"),
            ("T_BEFORE(date, DATE('2021-01-01'))", "not offered"),
            ("S_WITHIN(geometry, BBOX(0,0,1,1))", "not offered"),
            ("S_INTERSECTS(name, BBOX(0,0,1,1))", "S_INTERSECTS compares"),
            ("S_INTERSECTS(geometry, BBOX(1,0,0,1))", "Unreadable geometry"),
            ("name LIKE value", "LIKE wants"),
            ("{\"op\":\"=\"}", "Unreadable"),
            ("{", "Unreadable"),
        ] {
            let error = refused(filter);
            assert!(error.contains(says), "{filter}: {error}");
        }
    }

    #[test]
    fn long_deep_and_wide_filters_are_refused_at_once() {
        let start = std::time::Instant::now();
        let deep = |n: usize| format!("{}value = 7{}", "(".repeat(n), ")".repeat(n));
        assert!(chosen(&deep(FILTER_DEPTH)));
        let nested = |n: usize| (0..n).fold("value = 7".to_owned(), |inner, _| format!("NOT ({inner})"));
        assert!(chosen(&nested(FILTER_DEPTH)));
        let json = (0..1000).fold(r#"{"op":"=","args":[{"property":"value"},7]}"#.to_owned(), |inner, _| {
            format!(r#"{{"op":"not","args":[{inner}]}}"#)
        });
        let wide = (0..700).map(|_| "value=7").collect::<Vec<_>>().join(" OR ");
        let few = (0..20).fold(r#"{"op":"=","args":[{"property":"value"},7]}"#.to_owned(), |inner, _| {
            format!(r#"{{"op":"not","args":[{inner}]}}"#)
        });
        assert!(chosen(&few));
        for bad in [
            deep(FILTER_DEPTH + 1),
            deep(1000),
            nested(1000),
            json,
            wide,
            "x".repeat(100_000),
            format!("{}outside_coverage", "NOT ".repeat(1000)),
            format!("value = {}1", "-".repeat(4000)),
        ] {
            let error = refused(&bad);
            assert!(error.contains("at most") || error.contains("operations"), "{error}");
        }
        assert!(start.elapsed().as_secs() < 20, "the parser's time explodes: {:?}", start.elapsed());
    }

    #[test]
    fn a_pattern_takes_time_by_its_length_not_by_its_stars() {
        assert!(like("Gourma-Rharous", "%ma%R%s"));
        assert!(!like("Gao", "Gao_"));
        assert!(like("100 %", r"100 \%"));
        assert!(!like(&"a".repeat(2000), &format!("{}b", "%a".repeat(500))));
    }
}
