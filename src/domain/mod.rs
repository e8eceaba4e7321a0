//! The field's own words: administrative units, periods, statuses, themes and facts.
//!
//! Nothing here reads a file or draws a line. What a theme's data mean is data (`geodata/themes/*.toml`,
//! read into [`Theme`]); what was observed is a [`Fact`].

mod admin;
mod attrs;
mod digest;
mod fact;
mod finding;
mod lang;
mod measure;
mod period;
mod role;
mod status;
mod theme;
mod trigger;

pub use admin::{GeometryKind, Level, SetId, UnitKey};
pub use attrs::Attrs;
pub use digest::{Hmac, hex};
pub use fact::{Attr, Axis, AxisPlace, Fact, Match, Place, When};
pub use finding::{Code, Finding, Severity};
pub use lang::{Lang, typeset};
pub use measure::{Destination, FactKind, Measure, Side, Span};
pub use period::{Month, Period, PeriodError};
pub use role::Role;
pub use status::{Reading, StatusWord};
pub use theme::{Check, Column, ColumnKind, Fill, Term, Theme, ThemeError, Threshold};
pub use trigger::{Approval, RecurrenceTrigger, SeverityTrigger, StreakTrigger, TriggerError, Triggers};
