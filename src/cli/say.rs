//! What the program says: results on standard output, the rest on standard error.

use std::io::Write as _;

use crate::app::AppError;
use crate::domain::Lang;

/// Says things in the officer's language, or as JSON.
pub struct Say {
    /// The language.
    pub lang: Lang,
    /// Whether a program reads the answer.
    pub json: bool,
}

impl Say {
    /// A voice.
    pub fn new(lang: Lang, json: bool) -> Self {
        Self { lang, json }
    }

    /// A result: the JSON value for scripts, else the lines.
    pub fn result(&self, value: &serde_json::Value, lines: &[String]) {
        let mut out = std::io::stdout().lock();
        // A reader that closed the pipe has seen enough.
        if self.json {
            let _ = writeln!(out, "{value:#}");
        } else {
            for line in lines {
                let _ = writeln!(out, "{line}");
            }
        }
    }

    /// Text as it is, such as a table in CSV.
    pub fn text(text: &str) {
        let _ = std::io::stdout().lock().write_all(text.as_bytes());
    }

    /// That facts lie on other sets than the default one, where some do.
    pub fn elsewhere(&self, n: usize) -> Option<String> {
        (n > 0).then(|| crate::app::elsewhere(n, self.lang))
    }

    /// That the data are made up, where they are.
    pub fn synthetic(&self, synthetic: bool) -> Option<String> {
        let said = self.lang.pick("Données de démonstration, synthétiques.", "Demonstration data, synthetic.");
        synthetic.then(|| said.to_owned())
    }

    /// What went wrong.
    pub fn error(&self, error: &AppError) {
        if self.json {
            let _ = writeln!(std::io::stderr().lock(), "{}", serde_json::json!({ "error": error.to_string() }));
        } else {
            let _ = writeln!(std::io::stderr().lock(), "{} : {error}", self.lang.pick("Erreur", "Error"));
        }
    }
}
