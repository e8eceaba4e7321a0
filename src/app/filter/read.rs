//! A parsed filter settled against the fields of a layer: the allow-list of names, operators and pairs that can be compared.

use cql2::Expr;
use geo::BoundingRect as _;

use super::limits::FILTER_NODES;
use super::{Comparison, FilterError, Fold, Sort, Term, Test, refuse};
use crate::app::{FieldInfo, FieldKind};

pub(super) struct Reader<'f> {
    pub(super) fields: &'f [FieldInfo],
    pub(super) nodes: usize,
}

impl Reader<'_> {
    pub(super) fn test(&mut self, expr: &Expr) -> Result<Test, FilterError> {
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
