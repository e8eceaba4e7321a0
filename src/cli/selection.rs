//! What of the data a command asks for.

use clap::Args;

use super::args::{AsOfArg, StoreArg};
use crate::app::{self, AppError, LayerQuery, Service};
use crate::domain::{Lang, Period, SetId};

/// Sets, source, basis and state of a store.
#[derive(Debug, Args)]
pub struct SelectionArgs {
    /// Boundary set(s); the store's default where not given.
    #[arg(long, value_delimiter = ',')]
    pub set: Vec<SetId>,
    /// Source.
    #[arg(long)]
    pub source: Option<String>,
    /// Documented violations, or all.
    #[arg(long, default_value = "documented", value_parser = ["documented", "all"])]
    pub basis: String,
    /// Which state of the data.
    #[command(flatten)]
    pub as_of: AsOfArg,
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
}

impl SelectionArgs {
    /// The store in the state asked for.
    pub(super) fn open(&self) -> Result<Service, AppError> {
        app::open_service(&self.store.store, None, self.as_of.get())
    }

    /// The question to a layer, as everybody may ask it.
    pub(super) fn query(&self, period: Option<Period>, lang: Lang) -> LayerQuery {
        LayerQuery {
            period,
            sets: self.set.clone(),
            source: self.source.clone(),
            basis: Some(self.basis.clone()),
            lang,
            ..LayerQuery::default()
        }
    }
}
