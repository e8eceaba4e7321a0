//! What of the data a command asks for.

use std::sync::Arc;

use clap::Args;

use super::args::{AsOfArg, StoreArg};
use crate::app::{self, AppError, LayerQuery, Policy, Service};
use crate::domain::{Lang, Period, Role, SetId};

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
    /// What this role sees: public, partner, or restricted (everything).
    #[arg(long = "as", value_name = "ROLE")]
    pub role: Option<Role>,
    /// Access policy that replaces the built-in one.
    #[arg(long)]
    pub policy: Option<std::path::PathBuf>,
    /// Which state of the data.
    #[command(flatten)]
    pub as_of: AsOfArg,
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
}

impl SelectionArgs {
    /// The store in the state asked for, as the role named sees it; where none is named, `standing` if the data are real.
    pub(super) fn open(&self, standing: Role) -> Result<Arc<Service>, AppError> {
        let policy = Policy::read(self.policy.as_deref())?;
        app::open_as(&self.store.store, self.as_of.get(), &policy, |synthetic| {
            self.role.unwrap_or(if synthetic { Role::Restricted } else { standing })
        })
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
