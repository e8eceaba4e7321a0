//! QGIS layer definitions (`.qlr`): where a layer is and how it is drawn, in one file. QGIS takes no style
//! over OGC API Features, so this is how a layer arrives styled.

use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::Event;

use super::qgis_layout::QgisLayout;

/// How QGIS gets at a layer.
#[derive(Debug, Clone)]
pub enum Access<'a> {
    /// OGC API Features.
    Features {
        /// The landing page, absolute, with the parameters that QGIS is to add to every request.
        landing: &'a str,
        /// The style, a whole QML document.
        qml: &'a str,
        /// The field with the month (`2021-06`) of each feature, where it has one: the temporal controller goes by it.
        month: Option<&'a str>,
    },
    /// Vector tiles.
    Tiles {
        /// The address with `{z}`, `{x}` and `{y}`.
        template: &'a str,
        /// The `renderer` element.
        renderer: &'a str,
    },
    /// Pictures.
    Pictures {
        /// The address with `{z}`, `{x}` and `{y}`.
        template: &'a str,
    },
}

/// A layer as QGIS is to open it.
#[derive(Debug, Clone)]
pub struct LayerDefinition<'a> {
    /// How to get at it.
    pub access: Access<'a>,
    /// The collection's id.
    pub collection: &'a str,
    /// The layer's name in QGIS's layer tree.
    pub title: &'a str,
    /// A sentence for the layer's properties.
    pub description: &'a str,
    /// Points, or else multipolygons.
    pub points: bool,
    /// West, south, east, north in degrees.
    pub bounds: [f64; 4],
    /// Finest zoom of its tiles.
    pub zoom: u8,
    /// Whether a project shows it when it is opened.
    pub shown: bool,
}

/// A style that is no QML document.
#[derive(Debug, thiserror::Error)]
#[error("the layer's style is no QML document: {0}")]
pub struct BadStyle(String);

const CRS84: &str = "<spatialrefsys><proj4>+proj=longlat +datum=WGS84 +no_defs</proj4><authid>OGC:CRS84</authid><description>WGS 84 (CRS84)</description><geographicflag>true</geographicflag></spatialrefsys>";
const MERCATOR: &str = "<spatialrefsys><proj4>+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m +nadgrids=@null +wktext +no_defs</proj4><srid>3857</srid><authid>EPSG:3857</authid><description>WGS 84 / Pseudo-Mercator</description><geographicflag>false</geographicflag></spatialrefsys>";

impl LayerDefinition<'_> {
    /// The document as QGIS 3.22 and later read it.
    ///
    /// # Errors
    /// A style that is none.
    pub fn write(&self) -> Result<String, BadStyle> {
        let (tree, layer) = (self.tree(), self.layer()?);
        Ok(format!(
            "<!DOCTYPE qgis-layer-definition>\n<qlr>\n<layer-tree-group name=\"\" checked=\"Qt::Checked\" expanded=\"1\">\n\
             <customproperties><Option/></customproperties>\n{tree}</layer-tree-group>\n<maplayers>\n{layer}</maplayers>\n</qlr>\n"
        ))
    }

    fn parts(&self) -> (&'static str, &'static str, String) {
        match &self.access {
            Access::Features { landing, .. } => (
                "",
                "OAPIF",
                format!("url={} typename={} restrictToRequestBBOX='0'", quoted(landing), quoted(self.collection)),
            ),
            Access::Tiles { template, .. } => ("_tiles", "vectortile", self.xyz(template)),
            Access::Pictures { template } => ("_pictures", "wms", self.xyz(template)),
        }
    }

    fn xyz(&self, template: &str) -> String {
        // As the address is one value among others, its own signs are encoded.
        let url = template.replace('%', "%25").replace('&', "%26").replace('=', "%3D");
        format!("type=xyz&url={url}&zmin=0&zmax={}", self.zoom)
    }

    /// The id names the layer in a project; QGIS makes it unique when it loads a file.
    fn id(&self) -> String {
        format!("{}{}", project_id(self.collection), self.parts().0)
    }

    /// Its entry in the layer tree.
    fn tree(&self) -> String {
        let (_, provider, source) = self.parts();
        let checked = if self.shown { "Qt::Checked" } else { "Qt::Unchecked" };
        format!(
            "<layer-tree-layer name=\"{}\" checked=\"{checked}\" expanded=\"{}\" id=\"{}\" providerKey=\"{provider}\" source=\"{}\" \
             legend_exp=\"\" legend_split_behavior=\"0\" patch_size=\"-1,-1\"><customproperties><Option/></customproperties></layer-tree-layer>\n",
            escape(self.title),
            u8::from(self.shown),
            self.id(),
            escape(source.as_str())
        )
    }

    fn layer(&self) -> Result<String, BadStyle> {
        let (_, provider, source) = self.parts();
        let [west, south, east, north] = self.bounds;
        let extent = format!("<xmin>{west}</xmin><ymin>{south}</ymin><xmax>{east}</xmax><ymax>{north}</ymax>");
        let (opening, crs, rest) = match &self.access {
            Access::Features { qml, month, .. } => {
                let (labels, style) = style_of(qml)?;
                let (kind, wkb) = if self.points { ("Point", "Point") } else { ("Polygon", "MultiPolygon") };
                let opening = format!(
                    "<maplayer type=\"vector\" geometry=\"{kind}\" wkbType=\"{wkb}\" styleCategories=\"AllStyleCategories\" labelsEnabled=\"{labels}\" \
                     readOnly=\"1\" hasScaleBasedVisibilityFlag=\"0\" minScale=\"100000000\" maxScale=\"0\" simplifyDrawingHints=\"1\" simplifyDrawingTol=\"1\" \
                     simplifyAlgorithm=\"0\" simplifyMaxScale=\"1\" simplifyLocal=\"1\">"
                );
                (opening, CRS84, format!("{}{style}", month.map(temporal).unwrap_or_default()))
            }
            Access::Tiles { renderer, .. } => {
                let opening = "<maplayer type=\"vector-tile\" styleCategories=\"AllStyleCategories\">".to_owned();
                (opening, MERCATOR, format!("<extent>{extent}</extent>{renderer}"))
            }
            Access::Pictures { .. } => {
                let opening = "<maplayer type=\"raster\" styleCategories=\"AllStyleCategories\">".to_owned();
                // A source of pictures has no extent of its own.
                let rest = format!(
                    "<wgs84extent>{extent}</wgs84extent><pipe><rasterrenderer type=\"singlebandcolordata\" band=\"1\" opacity=\"1\" alphaBand=\"-1\"/></pipe>"
                );
                (opening, MERCATOR, rest)
            }
        };
        Ok(format!(
            "{opening}\n<id>{}</id>\n<datasource>{}</datasource>\n<keywordList><value/></keywordList>\n<layername>{}</layername>\n\
             <abstract>{}</abstract>\n<srs>{crs}</srs>\n<provider encoding=\"UTF-8\">{provider}</provider>\n\
             <flags><Identifiable>1</Identifiable><Removable>1</Removable><Searchable>1</Searchable></flags>\n{rest}\n</maplayer>\n",
            self.id(),
            escape(source.as_str()),
            escape(self.title),
            escape(self.description)
        ))
    }
}

/// The temporal controller's settings for features that each hold for a month.
fn temporal(field: &str) -> String {
    let start = format!("to_datetime(\"{field}\" || '-01', 'yyyy-MM-dd')");
    let end = format!("{start} + to_interval('1 month')");
    format!(
        "<temporal enabled=\"1\" mode=\"4\" startField=\"\" endField=\"\" startExpression=\"{}\" endExpression=\"{}\" fixedDuration=\"0\" \
         durationField=\"\" durationUnit=\"min\" accumulate=\"0\" limitMode=\"0\"/>\n",
        escape(start.as_str()),
        escape(end.as_str())
    )
}

/// A whole project: the layers in groups, the first group on top, and print layouts. `months` are the first moment and the last of the temporal controller.
///
/// # Errors
/// A style that is none.
pub fn write_project(
    title: &str,
    groups: &[(&str, Vec<LayerDefinition<'_>>)],
    bounds: [f64; 4],
    months: Option<(String, String)>,
    layouts: &[QgisLayout],
) -> Result<String, BadStyle> {
    let (mut tree, mut layers) = (String::new(), String::new());
    for (name, members) in groups {
        let _ = writeln!(
            tree,
            "<layer-tree-group name=\"{}\" checked=\"Qt::Checked\" expanded=\"{}\"><customproperties><Option/></customproperties>",
            escape(*name),
            u8::from(members.iter().any(|l| l.shown))
        );
        for layer in members {
            tree.push_str(&layer.tree());
            layers.push_str(&layer.layer()?);
        }
        tree.push_str("</layer-tree-group>\n");
    }
    let [west, south, east, north] = bounds;
    let time = months.map_or_else(String::new, |(start, end)| {
        format!("<ProjectTimeSettings frameRate=\"1\" timeStepUnit=\"mon\" timeStep=\"1\" cumulativeTemporalRange=\"0\"><TimeRange><start>{start}</start><end>{end}</end></TimeRange></ProjectTimeSettings>\n")
    });
    let title = escape(title);
    let layouts: String = layouts.iter().map(QgisLayout::write).collect();
    Ok(format!(
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n<qgis version=\"3.22.0\" projectname=\"{title}\">\n<title>{title}</title>\n\
         <projectCrs>{MERCATOR}</projectCrs>\n<layer-tree-group>\n<customproperties><Option/></customproperties>\n{tree}</layer-tree-group>\n\
         <mapcanvas name=\"theMapCanvas\"><units>meters</units><extent><xmin>{west}</xmin><ymin>{south}</ymin><xmax>{east}</xmax><ymax>{north}</ymax></extent>\
         <destinationsrs>{MERCATOR}</destinationsrs></mapcanvas>\n<projectlayers>\n{layers}</projectlayers>\n<properties><SpatialRefSys><ProjectionsEnabled type=\"int\">1</ProjectionsEnabled></SpatialRefSys></properties>\n{time}<Layouts>\n{layouts}</Layouts>\n</qgis>\n"
    ))
}

/// The id in a project of a collection read as features.
pub fn project_id(collection: &str) -> String {
    format!("vigie_{}", collection.replace('-', "_"))
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
            access: Access::Features {
                landing: "http://127.0.0.1:8080/?period=2021-06&lang=fr",
                qml,
                month: Some("period"),
            },
            collection: "violations-cercles",
            title: "Violations <par cercle> & d'autres",
            description: "n",
            points: false,
            bounds: [-12.3, 10.1, 4.3, 25.0],
            zoom: 14,
            shown: true,
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
