//! `/app/import`: the frame of the import page; its script speaks with `/imports`.

use serde_json::json;

use super::super::asked;
use super::super::html::escape;
use super::super::problem::Problem;
use super::super::service::{Asked, Page};
use super::shell::{Frame, framed};
use super::words::{self, say};
use crate::app::import_themes;

/// `/app/import`. Whether the asker may import was settled before.
pub(in crate::web) fn import(asked: &Asked) -> Result<Page, Problem> {
    asked.given.only(&asked::CONTEXT)?;
    asked.query()?;
    let lang = asked.lang;
    let word = |key: &str| escape(&say(key, lang));
    let title = say("h1_import", lang);
    let body = if asked.source.synthetic() {
        format!("<p class=\"notice\">{}</p>", word("import_synthetic"))
    } else {
        let themes: String = import_themes(lang)
            .iter()
            .map(|(id, name)| format!("<option value=\"{}\">{}</option>", escape(id), escape(name)))
            .collect();
        format!(
            "<noscript><p class=\"notice\">{}</p></noscript><form id=\"upload\"><h2>{}</h2>\
<label>{}<select id=\"i-theme\">{themes}</select></label><label>{}<input id=\"i-source\" value=\"monitoring\" maxlength=\"60\" autocomplete=\"off\"></label>\
<label id=\"drop\">{} <input id=\"i-file\" type=\"file\" accept=\".csv,.xlsx,.xls,.ods,.tsv,.zip,.geojson\"> <span class=\"small\">{}</span></label>\
<button id=\"i-try\">{}</button></form>\
<section id=\"understood\" hidden aria-labelledby=\"t-understood\"><h2 id=\"t-understood\" tabindex=\"-1\">{}</h2><div id=\"outcome\"></div><button id=\"i-store\" type=\"button\">{}</button></section>",
            word("import_script"),
            word("import_step1"),
            word("import_theme"),
            word("import_source"),
            word("import_file"),
            word("import_drop"),
            word("import_try"),
            word("import_step2"),
            word("import_confirm"),
        )
    };
    let main = format!(
        "<h1 id=\"title\">{}</h1>{body}<p id=\"said\" role=\"status\"></p><section aria-labelledby=\"t-imports\"><h2 id=\"t-imports\">{}</h2><div id=\"imports\"></div></section><section id=\"review\" hidden></section>",
        escape(&title),
        word("import_list")
    );
    let settings = json!({"lang": lang.code(), "base": asked.base, "words": words::of_scripts(lang), "synthetic": asked.source.synthetic()});
    Ok(framed(asked, &Frame { name: "import", title, main, foot: String::new(), settings: Some(&settings) }))
}
