//! Print layouts inside a QGIS project: an A4 sheet, landscape, with the map, its legend, title, scale bar, north arrow and
//! the words a published map may not lack. QGIS 3.22 and later read them; the officer edits them there.

use quick_xml::escape::escape;

/// A layout as QGIS is to open it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QgisLayout {
    /// Its name in the project's list.
    pub name: String,
    /// The title; may hold expressions of QGIS between `[%` and `%]`, as may the other words.
    pub title: String,
    /// The line below.
    pub subtitle: String,
    /// What the reader must know first, in the upper right corner; nothing where empty.
    pub badges: String,
    /// Sentences in the small print.
    pub foot: Vec<String>,
    /// The limits of the data.
    pub limits: String,
    /// What every map says of its borders and names.
    pub disclaimer: String,
    /// Layers of the map, the uppermost first: their ids in the project and their titles.
    pub layers: Vec<(String, String)>,
    /// Layers in the legend.
    pub legend: Vec<LegendLayer>,
    /// The map's projection, a PROJ string.
    pub projection: String,
    /// West, south, east, north of the map in that projection, metres.
    pub extent: [f64; 4],
    /// The letter above the north arrow.
    pub north: String,
}

/// A layer in the legend.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LegendLayer {
    /// Its id in the project.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Diameters of its first lines' circles, millimetres: QGIS leaves them no more room than any box otherwise.
    pub circles_mm: Vec<f64>,
}

/// A rectangle of the sheet, millimetres: x, y, width, height.
type Slot = (f64, f64, f64, f64);

/// The sheet: A4, landscape.
const SHEET: (f64, f64) = (297.0, 210.0);
const TITLE: Slot = (8.0, 7.0, 220.0, 7.5);
const SUBTITLE: Slot = (8.0, 14.5, 220.0, 5.5);
const BADGES: Slot = (228.0, 7.0, 61.0, 10.0);
/// The map; the extent given is of its shape.
pub const MAP: Slot = (8.0, 23.0, 199.0, 160.0);
const COLUMN: Slot = (211.0, 23.0, 78.0, 112.0);
const LIMITS: Slot = (211.0, 137.0, 78.0, 17.0);
const FOOT: Slot = (211.0, 155.0, 78.0, 29.0);
const FURNITURE: Slot = (145.0, 167.0, 60.0, 14.0);
const SCALE: Slot = (148.0, 169.0, 42.0, 10.0);
const NORTH: Slot = (194.0, 168.5, 8.0, 11.0);
/// Box of a line of the legend: width, height.
const SYMBOL: (f64, f64) = (7.0, 3.5);
const DISCLAIMER: Slot = (8.0, 190.0, 281.0, 10.0);

/// Numbers of QGIS's kinds of items.
mod kind {
    pub const PAGE: u32 = 65638;
    pub const MAP: u32 = 65639;
    pub const PICTURE: u32 = 65640;
    pub const LABEL: u32 = 65641;
    pub const LEGEND: u32 = 65642;
    pub const SHAPE: u32 = 65643;
    pub const SCALE_BAR: u32 = 65646;
}

/// How a label is written.
struct Type {
    points: f64,
    bold: bool,
    italic: bool,
    grey: u8,
    right: bool,
}

const PLAIN: Type = Type { points: 6.5, bold: false, italic: false, grey: 60, right: false };

impl QgisLayout {
    /// The `Layout` element.
    pub(super) fn write(&self) -> String {
        let mut out = format!(
            "<Layout name=\"{}\" units=\"mm\" printResolution=\"300\" worldFileMap=\"\">\n<PageCollection>\n{}</PageCollection>\n",
            escape(self.name.as_str()),
            item(kind::PAGE, &self.uuid("page"), "", (0.0, 0.0, SHEET.0, SHEET.1), 0, "", "")
        );
        out.push_str(&self.map());
        out.push_str(&label(
            &self.uuid("title"),
            "title",
            TITLE,
            &self.title,
            &Type { points: 14.5, bold: true, grey: 20, ..PLAIN },
        ));
        out.push_str(&label(
            &self.uuid("subtitle"),
            "subtitle",
            SUBTITLE,
            &self.subtitle,
            &Type { points: 9.0, ..PLAIN },
        ));
        if !self.badges.is_empty() {
            let look = Type { points: 7.5, bold: true, grey: 20, right: true, ..PLAIN };
            out.push_str(&label(&self.uuid("badges"), "badges", BADGES, &self.badges, &look));
        }
        out.push_str(&self.legend());
        let bold = Type { bold: true, grey: 20, ..PLAIN };
        out.push_str(&label(&self.uuid("limits"), "limits", LIMITS, &self.limits, &bold));
        out.push_str(&label(&self.uuid("foot"), "foot", FOOT, &self.foot.join(" "), &PLAIN));
        out.push_str(&self.furniture());
        let italic = Type { italic: true, ..PLAIN };
        out.push_str(&label(&self.uuid("disclaimer"), "disclaimer", DISCLAIMER, &self.disclaimer, &italic));
        out.push_str("</Layout>\n");
        out
    }

    /// An item's id, the same each time the project is made.
    fn uuid(&self, part: &str) -> String {
        format!("{{vigie {} {part}}}", self.name)
    }

    fn map(&self) -> String {
        let [west, south, east, north] = self.extent;
        let layers: String = self
            .layers
            .iter()
            .map(|(id, title)| format!("<Layer name=\"{}\">{}</Layer>", escape(title.as_str()), escape(id.as_str())))
            .collect();
        let projection = escape(self.projection.as_str());
        let inside = format!(
            "<Extent xmin=\"{west}\" ymin=\"{south}\" xmax=\"{east}\" ymax=\"{north}\"/>\n\
             <crs><spatialrefsys><proj4>{projection}</proj4><geographicflag>false</geographicflag></spatialrefsys></crs>\n\
             <LayerSet>{layers}</LayerSet>\n"
        );
        let more = "frame=\"true\" outlineWidthM=\"0.3,mm\" followPreset=\"false\" keepLayerSet=\"true\" drawCanvasItems=\"true\" mapRotation=\"0\"";
        item(kind::MAP, &self.uuid("map"), "map", MAP, 1, more, &inside)
    }

    fn legend(&self) -> String {
        let layers: String = self
            .legend
            .iter()
            .map(|layer| {
                let room = |(k, mm): (usize, &f64)| {
                    format!(
                        "<Option type=\"QString\" name=\"legend/symbol-size-{k}\" value=\"{w},{h}\"/>",
                        w = mm.max(SYMBOL.0),
                        h = mm.max(SYMBOL.1)
                    )
                };
                let rooms: String = layer.circles_mm.iter().enumerate().map(room).collect();
                format!(
                    "<layer-tree-layer id=\"{}\" name=\"{}\" checked=\"Qt::Checked\" expanded=\"1\">\
                     <customproperties><Option type=\"Map\">{rooms}</Option></customproperties></layer-tree-layer>\n",
                    escape(layer.id.as_str()),
                    escape(layer.title.as_str())
                )
            })
            .collect();
        let styles: String = [
            ("title", 8.5, 75, "marginTop=\"2\""),
            ("group", 8.5, 75, "marginTop=\"2\""),
            ("subgroup", 8.0, 75, "marginTop=\"2.4\""),
            ("symbol", 7.0, 50, "marginTop=\"1.3\""),
            ("symbolLabel", 7.0, 50, "marginTop=\"0.8\" marginLeft=\"2\""),
        ]
            .map(|(name, points, weight, gap)| {
                format!("<style name=\"{name}\" alignment=\"1\" indent=\"0\" {gap}><styleFont description=\"Roboto,{points},-1,5,{weight},0,0,0,0,0\" style=\"\"/></style>")
            })
            .concat();
        let more = format!(
            "map_uuid=\"{}\" resizeToContents=\"1\" symbolWidth=\"{}\" symbolHeight=\"{}\" boxSpace=\"0\" columnCount=\"1\" splitLayer=\"0\" wrapChar=\"\" fontColor=\"#1a1a1a\" legendFilterByAtlas=\"0\"",
            escape(self.uuid("map").as_str()),
            SYMBOL.0,
            SYMBOL.1
        );
        let inside = format!(
            "<styles>{styles}</styles>\n<layer-tree-group><customproperties><Option/></customproperties>\n{layers}</layer-tree-group>\n"
        );
        item(kind::LEGEND, &self.uuid("legend"), "legend", COLUMN, 2, &more, &inside)
    }

    /// The scale bar, right at the map's middle, and the arrow to true north, on white.
    fn furniture(&self) -> String {
        let map = self.uuid("map");
        let ground = item(
            kind::SHAPE,
            &self.uuid("ground"),
            "ground",
            FURNITURE,
            2,
            "shapeType=\"1\" frame=\"true\" outlineWidthM=\"0.15,mm\"",
            "<symbol type=\"fill\" name=\"\" alpha=\"1\" clip_to_extent=\"1\" force_rhr=\"0\"><layer class=\"SimpleFill\" enabled=\"1\" pass=\"0\" locked=\"0\"><Option type=\"Map\"><Option name=\"color\" type=\"QString\" value=\"255,255,255,255\"/><Option name=\"outline_style\" type=\"QString\" value=\"no\"/></Option><prop k=\"color\" v=\"255,255,255,255\"/><prop k=\"outline_style\" v=\"no\"/></layer></symbol>",
        );
        let [west, _, east, _] = self.extent;
        let step = round_below((east - west) / MAP.2 * 15.0 / 1000.0);
        let bar = format!(
            "style=\"Single Box\" mapUuid=\"{}\" unitType=\"km\" unitLabel=\"km\" numUnitsPerSegment=\"{step}\" numMapUnitsPerScaleBarUnit=\"1\" numSegments=\"2\" \
             numSegmentsLeft=\"0\" segmentSizeMode=\"0\" height=\"1.4\" outlineWidth=\"0.2\" boxContentSpace=\"0.6\" labelBarSpace=\"1\" alignment=\"0\" background=\"false\"",
            escape(map.as_str())
        );
        let font = "<scaleBarFont description=\"Roboto,6.5,-1,5,50,0,0,0,0,0\" style=\"\"/><fillColor red=\"26\" green=\"26\" blue=\"26\" alpha=\"255\"/><fillColor2 red=\"255\" green=\"255\" blue=\"255\" alpha=\"255\"/>";
        let bar = item(kind::SCALE_BAR, &self.uuid("scale"), "scale", SCALE, 4, &bar, font);
        let arrow = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 22'><text x='8' y='6' font-family='Roboto, sans-serif' font-size='7' font-weight='bold' text-anchor='middle'>{}</text><path d='M8 7L12 21L8 17.6L4 21Z' fill='#1a1a1a'/></svg>",
            escape(self.north.as_str())
        );
        let north = format!(
            "mapUuid=\"{}\" file=\"base64:{}\" northMode=\"1\" northOffset=\"0\" pictureRotation=\"0\" resizeMode=\"0\" anchorPoint=\"4\" mode=\"0\"",
            escape(map.as_str()),
            base64(arrow.as_bytes())
        );
        let north = item(kind::PICTURE, &self.uuid("north"), "north", NORTH, 5, &north, "");
        format!("{ground}{bar}{north}")
    }
}

/// An item with its place, its own attributes and elements. `height` is its place in the pile.
fn item(kind: u32, uuid: &str, id: &str, slot: Slot, height: u32, more: &str, inside: &str) -> String {
    let (x, y, w, h) = slot;
    let uuid = escape(uuid);
    let ground = if more.contains("background=") { "" } else { "background=\"true\"" };
    format!(
        "<LayoutItem type=\"{kind}\" id=\"{id}\" uuid=\"{uuid}\" templateUuid=\"{uuid}\" position=\"{x},{y},mm\" positionOnPage=\"{x},{y},mm\" \
         size=\"{w},{h},mm\" referencePoint=\"0\" itemRotation=\"0\" zValue=\"{height}\" visibility=\"1\" positionLock=\"false\" opacity=\"1\" blendMode=\"0\" \
         excludeFromExports=\"0\" {ground} {more}>\n<FrameColor red=\"20\" green=\"20\" blue=\"20\" alpha=\"255\"/>\n<BackgroundColor red=\"255\" green=\"255\" blue=\"255\" alpha=\"255\"/>\n{inside}</LayoutItem>\n"
    )
}

fn label(uuid: &str, id: &str, slot: Slot, text: &str, look: &Type) -> String {
    let more = format!(
        "labelText=\"{}\" htmlState=\"0\" halign=\"{}\" valign=\"32\" marginX=\"0\" marginY=\"0\" background=\"false\"",
        escape(text),
        if look.right { 2 } else { 1 }
    );
    let (weight, italic, grey) = (if look.bold { 75 } else { 50 }, u8::from(look.italic), look.grey);
    let inside = format!(
        "<LabelFont description=\"Roboto,{},-1,5,{weight},{italic},0,0,0,0\" style=\"\"/>\n<FontColor red=\"{grey}\" green=\"{grey}\" blue=\"{grey}\" alpha=\"255\"/>\n",
        look.points
    );
    item(kind::LABEL, uuid, id, slot, 3, &more, &inside)
}

/// The largest of 1, 2 and 5 times a power of ten that is not above `x`; 1 where `x` is less.
fn round_below(x: f64) -> u64 {
    let mut best = 1;
    let mut power = 1_u64;
    while power as f64 <= x && power < 1_000_000 {
        for step in [power, 2 * power, 5 * power] {
            if step as f64 <= x {
                best = step;
            }
        }
        power *= 10;
    }
    best
}

/// Base 64 (RFC 4648) with padding.
fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let all = chunk.iter().fold(0_u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for k in 0..4 {
            let sign = char::from(SIGNS[(all >> (18 - 6 * k) & 63) as usize]);
            out.push(if k <= chunk.len() { sign } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_is_well_formed_whatever_its_words() {
        let layout = QgisLayout {
            name: "Annexe <1> & \"3\"".into(),
            title: "L’« indice » [% \"period\" %] < 5".into(),
            badges: "Provisoire".into(),
            layers: vec![("vigie_risk_communes".into(), "Risque & co".into())],
            legend: vec![LegendLayer {
                id: "vigie_risk_communes".into(),
                title: "Risque & co".into(),
                circles_mm: vec![3.0, 13.0],
            }],
            extent: [-900_000.0, 0.0, 900_000.0, 1_447_000.0],
            ..QgisLayout::default()
        };
        let text = layout.write();
        let mut reader = quick_xml::Reader::from_str(&text);
        while !matches!(reader.read_event().expect("well-formed"), quick_xml::events::Event::Eof) {}
        assert!(text.contains("numUnitsPerSegment=\"100\"") && text.contains("Risque &amp; co"), "{text}");
        assert_eq!(text, layout.write());
    }

    #[test]
    fn base64_is_that_of_the_standard() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn a_step_of_the_scale_is_a_round_number() {
        assert_eq!([0.2, 1.0, 4.9, 130.0, 999.0].map(round_below), [1, 1, 2, 100, 500]);
    }
}
