//! One sentence in two languages, formatted only in the one that is asked for.

/// `say!(lang, "fr…", "en…")`: both are format strings with captured variables. The French one is typeset.
macro_rules! say {
    ($lang:expr, $fr:literal, $en:literal $(,)?) => {
        match $lang {
            $crate::domain::Lang::Fr => $crate::domain::typeset(&format!($fr)),
            $crate::domain::Lang::En => format!($en),
        }
    };
}
