//! QGIS layer definitions (`.qlr`): where a layer is and how it is drawn, in one file. QGIS takes no style
//! over OGC API Features, so this is how a layer arrives styled.

use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::Event;

/// A layer of an OGC API Features service.
#[derive(Debug, Clone)]
pub struct LayerDefinition<'a> {
    /// The landing page, absolute, with the parameters that QGIS is to add to every request.
    pub landing: &'a str,
    /// The collection's id.
    pub collection: &'a str,
    /// The layer's name in QGIS's layer tree.
    pub title: &'a str,
    /// A sentence for the layer's properties.
    pub description: &'a str,
    /// Points, or else multipolygons.
    pub points: bool,
    /// The style, a whole QML document.
    pub qml: &'a str,
}

/// A style that is no QML document.
#[derive(Debug, thiserror::Error)]
#[error("the layer's style is no QML document: {0}")]
pub struct BadStyle(String);

impl LayerDefinition<'_> {
    /// The document as QGIS 3.22 and later read it.
    pub fn write(&self) -> Result<String, BadStyle> {
        let (labels, style) = style_of(self.qml)?;
        let source =
            format!("url={} typename={} restrictToRequestBBOX='0'", quoted(self.landing), quoted(self.collection));
        let source = escape(source.as_str()).into_owned();
        let (title, description) = (escape(self.title), escape(self.description));
        // The id names the layer in a project; QGIS makes it unique when it loads the file.
        let id = format!("vigie_{}", self.collection.replace('-', "_"));
        let (kind, wkb) = if self.points { ("Point", "Point") } else { ("Polygon", "MultiPolygon") };
        let mut out = String::with_capacity(style.len() + 4096);
        let _ = write!(
            out,
            r#"<!DOCTYPE qgis-layer-definition>
<qlr>
  <layer-tree-group name="" checked="Qt::Checked" expanded="1">
    <customproperties><Option/></customproperties>
    <layer-tree-layer name="{title}" checked="Qt::Checked" expanded="1" id="{id}" providerKey="OAPIF" source="{source}" legend_exp="" legend_split_behavior="0" patch_size="-1,-1">
      <customproperties><Option/></customproperties>
    </layer-tree-layer>
  </layer-tree-group>
  <maplayers>
    <maplayer type="vector" geometry="{kind}" wkbType="{wkb}" styleCategories="AllStyleCategories" labelsEnabled="{labels}" readOnly="1" hasScaleBasedVisibilityFlag="0" minScale="100000000" maxScale="0" simplifyDrawingHints="1" simplifyDrawingTol="1" simplifyAlgorithm="0" simplifyMaxScale="1" simplifyLocal="1">
      <id>{id}</id>
      <datasource>{source}</datasource>
      <keywordList><value/></keywordList>
      <layername>{title}</layername>
      <abstract>{description}</abstract>
      <srs>
        <spatialrefsys>
          <proj4>+proj=longlat +datum=WGS84 +no_defs</proj4>
          <authid>OGC:CRS84</authid>
          <description>WGS 84 (CRS84)</description>
          <geographicflag>true</geographicflag>
        </spatialrefsys>
      </srs>
      <provider encoding="UTF-8">OAPIF</provider>
      <flags>
        <Identifiable>1</Identifiable>
        <Removable>1</Removable>
        <Searchable>1</Searchable>
      </flags>
{style}
    </maplayer>
  </maplayers>
</qlr>
"#
        );
        Ok(out)
    }
}

/// A value of QGIS's `key='value'` notation.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Whether the style labels its features (`1` or `0`), and what stands inside the document's root.
fn style_of(qml: &str) -> Result<(&'static str, &str), BadStyle> {
    let mut reader = Reader::from_str(qml);
    let fault = |e: &dyn std::fmt::Display| BadStyle(e.to_string());
    let mut labels = "0";
    loop {
        match reader.read_event().map_err(|e| fault(&e))? {
            Event::Start(root) if root.name().as_ref() == "qgis" => {
                let enabled = root.try_get_attribute("labelsEnabled").map_err(|e| fault(&e))?;
                if enabled.is_some_and(|a| a.value.as_ref() == "1") {
                    labels = "1";
                }
                let name = root.to_end().into_owned();
                let span = reader.read_to_end(name.name()).map_err(|e| fault(&e))?;
                let inside = usize::try_from(span.start).ok().zip(usize::try_from(span.end).ok());
                let inside = inside.and_then(|(from, to)| qml.get(from..to));
                return inside.map(|text| (labels, text.trim_matches('\n'))).ok_or_else(|| fault(&"cut short"));
            }
            Event::Start(other) => {
                return Err(fault(&format!("its root is {}", other.name().as_ref())));
            }
            Event::Eof => return Err(fault(&"it is empty")),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(qml: &str) -> LayerDefinition<'_> {
        LayerDefinition {
            landing: "http://127.0.0.1:8080/?period=2021-06&lang=fr",
            collection: "violations-cercles",
            title: "Violations <par cercle> & d'autres",
            description: "n",
            points: false,
            qml,
        }
    }

    const QML: &str =
        "<!DOCTYPE qgis>\n<qgis version=\"3.22\" labelsEnabled=\"1\">\n<renderer-v2 type=\"singleSymbol\"/>\n</qgis>\n";

    #[test]
    fn a_definition_holds_the_address_and_the_style() {
        let text = definition(QML).write().expect("a good style");
        let mut reader = Reader::from_str(&text);
        while !matches!(reader.read_event().expect("well-formed"), Event::Eof) {}
        assert!(text.contains("url='http://127.0.0.1:8080/?period=2021-06&amp;lang=fr' typename='violations-cercles'")
            || text.contains("url=&apos;http://127.0.0.1:8080/?period=2021-06&amp;lang=fr&apos; typename=&apos;violations-cercles&apos;"), "{text}");
        assert!(
            text.contains("<renderer-v2 type=\"singleSymbol\"/>") && text.contains("labelsEnabled=\"1\""),
            "{text}"
        );
        assert!(!text.contains("<qgis"), "{text}");
    }

    #[test]
    fn what_is_no_style_is_a_fault_not_a_file() {
        for bad in ["", "plain", "<sld/>", "<qgis><renderer-v2></qgis>", "<qgis>"] {
            assert!(definition(bad).write().is_err(), "{bad}");
        }
    }
}
