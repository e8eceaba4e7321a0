//! Who asks: what each may see follows from the access policy, what each may change from here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A role, each seeing what the one before it sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Anyone: released months, after suppression.
    #[default]
    Public,
    /// An organisation under the sharing protocol: released months by commune, after suppression.
    Partner,
    /// An analyst of the Cluster: everything but what never leaves by HTTP, drafts too.
    Restricted,
    /// An information officer: imports, undo, release.
    Editor,
    /// Whoever runs the service: tokens and purge too.
    Admin,
}

impl Role {
    /// Every role, the one that sees least first.
    pub const ALL: [Self; 5] = [Self::Public, Self::Partner, Self::Restricted, Self::Editor, Self::Admin];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Partner => "partner",
            Self::Restricted => "restricted",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }

    /// Whether it sees the data themselves, drafts among them, and not only what may be told of released months.
    pub fn sees_all(self) -> bool {
        self >= Self::Restricted
    }

    /// Whether it may import, take back and release.
    pub fn may_edit(self) -> bool {
        self >= Self::Editor
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Role {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|r| r.word() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::word).join(", ");
            format!("role « {text} »: {known}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_ordered_and_read_back() {
        assert!(Role::ALL.windows(2).all(|w| w[0] < w[1]));
        for role in Role::ALL {
            assert_eq!(role.word().parse(), Ok(role));
        }
        assert!("root".parse::<Role>().is_err());
        assert!(!Role::Partner.sees_all() && Role::Restricted.sees_all());
        assert!(!Role::Restricted.may_edit() && Role::Editor.may_edit());
    }
}
