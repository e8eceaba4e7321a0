//! Monthly twins: one feature a unit and month, for QGIS's temporal controller and for series.

use std::sync::Arc;

use super::catalogue::Kind;
use super::service::{DEFAULT_SOURCE, Service};
use crate::app::layer::{MONTHLY, months_of};
use crate::app::{AppError, LayerInfo, LayerQuery, LayerSelection, LayerSource as _};
use crate::domain::{Month, Period};

/// Most months in one answer: ten years.
const MOST_MONTHS: usize = 120;

impl Kind {
    /// Whether it has a twin. Hotspots do not: a test a month would take seconds. Nor do points, which have days.
    fn has_twin(&self) -> bool {
        matches!(self, Self::Measure { .. } | Self::RiskCommunes | Self::RiskCercles | Self::Coverage)
    }
}

/// The twin of a layer that has one.
pub(super) fn twin(info: &LayerInfo, kind: &Kind) -> Option<LayerInfo> {
    let (first, last) = info.months.filter(|_| kind.has_twin())?;
    let months = Period::new(first, last)?.len() as usize;
    Some(LayerInfo {
        id: format!("{}{MONTHLY}", info.id),
        title_fr: format!("{}, mois par mois", info.title_fr),
        title_en: format!("{}, month by month", info.title_en),
        description_fr: format!("{} Une entité par unité et par mois.", info.description_fr),
        description_en: format!("{} One feature a unit and month.", info.description_en),
        item_count: info.item_count * months,
        ..info.clone()
    })
}

impl Service {
    /// The layer that an id is the twin of.
    pub(in crate::app) fn twin_of<'a>(&self, layer: &'a str) -> Option<&'a str> {
        let plain = layer.strip_suffix(MONTHLY)?;
        self.layers.iter().any(|(info, kind)| info.id == plain && kind.has_twin()).then_some(plain)
    }

    /// The features of a twin: those of `plain` in each month asked for, all months where no period is.
    pub(super) fn select_months(
        &self,
        info: &LayerInfo,
        plain: &str,
        query: &LayerQuery,
    ) -> Result<LayerSelection, AppError> {
        let kind = self.layers.iter().find(|(info, _)| info.id == plain).map(|(_, kind)| kind);
        let source = query.source.as_deref().unwrap_or(DEFAULT_SOURCE);
        let all = kind.and_then(Kind::theme).and_then(|theme| self.snapshot.months(theme, source));
        let period = query.period.or_else(|| all.and_then(|(first, last)| Period::new(first, last)));
        let (from, to) = months_of(query.datetime.unwrap_or_default());
        let wanted = |m: &Month| from.is_none_or(|f| *m >= f) && to.is_none_or(|t| *m <= t);
        let months: Vec<Month> = period.iter().flat_map(|p| p.months()).filter(wanted).collect();
        if months.len() > MOST_MONTHS {
            return Err(AppError::BadRequest(format!(
                "{} months; {MOST_MONTHS} at most: ask for a shorter period, 2021-01/2021-12 for instance",
                months.len()
            )));
        }
        let mut of_month = LayerQuery { datetime: None, ..query.clone() };
        // The plain layer's own answer says the sets, and refuses what is wrong even where no month is left.
        of_month.period = months.first().copied().or(period.map(Period::last)).map(Period::month);
        let mut answer = self.select(plain, &of_month)?;
        answer.rows.clear();
        let (mut non_located, mut total) = (answer.non_located.map(|_| 0), answer.total.map(|_| 0));
        for month in months {
            of_month.period = Some(Period::month(month));
            let selection = self.select(plain, &of_month)?;
            non_located = non_located.zip(selection.non_located).map(|(a, b)| a + b);
            total = total.zip(selection.total).map(|(a, b)| a + b);
            answer.rows.extend(selection.rows.into_iter().map(|mut row| {
                row.id = format!("{}.{month}", row.id);
                row
            }));
        }
        Ok(LayerSelection { fields: Arc::from(info.fields.as_slice()), period, non_located, total, ..answer })
    }

    /// The month that a twin's feature is of, by its id.
    pub(super) fn month_of(&self, layer: &str, feature: &str) -> Option<Period> {
        self.twin_of(layer)?;
        Month::of_iso(feature.rsplit_once('.')?.1).map(Period::month)
    }
}
