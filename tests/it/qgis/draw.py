"""Draws layers of a service in QGIS in every way there is, and looks at the colour of units whose class is known.

Usage: draw.py URL QUERY [FOLDER]. Prints one JSON object: by layer and way how many units were looked at, and what was wrong. Pictures go
to the folder, where one is given.

What a unit ought to look like comes from the service's features and its style for web maps, so from neither of the files that QGIS draws.
"""

import json
import os
import sys
import tempfile
import urllib.request

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (  # noqa: E402
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsLayerDefinition,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
    QgsRenderContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize  # noqa: E402
from qgis.PyQt.QtGui import QColor, QImage  # noqa: E402

BASE, QUERY = sys.argv[1].rstrip("/"), sys.argv[2]
FOLDER = sys.argv[3] if len(sys.argv) > 3 else None

# Central Mali, where most units are small and most tiles have edges.
EXTENT = QgsRectangle(-700000, 1450000, 100000, 2250000)
SIDE = 1000

application = QgsApplication([], False)
application.initQgis()
scratch = tempfile.mkdtemp()
wrong = []


def get(path):
    with urllib.request.urlopen(BASE + path, timeout=60) as answer:
        return answer.read()


def fetched(path, name):
    file = os.path.join(scratch, name)
    with open(file, "wb") as out:
        out.write(get(path))
    return file


class Drawn:
    """A picture of one layer, asked by place."""

    def __init__(self, layer, name):
        settings = QgsMapSettings()
        settings.setLayers([layer])
        settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
        settings.setExtent(EXTENT)
        settings.setOutputSize(QSize(SIDE, SIDE))
        settings.setOutputDpi(96)
        settings.setBackgroundColor(QColor("#ff00ff"))
        job = QgsMapRendererParallelJob(settings)
        job.start()
        job.waitForFinished()
        self.image = job.renderedImage().convertToFormat(QImage.Format_RGB32)
        if FOLDER:
            self.image.save(os.path.join(FOLDER, name + ".png"))

    def at(self, x, y):
        p = self.image.pixel(int(x), int(y))
        return (p >> 16 & 255, p >> 8 & 255, p & 255)

    def pixels(self):
        for y in range(SIDE):
            for x in range(SIDE):
                yield x, y, self.at(x, y)


def to_pixel(x, y):
    return ((x - EXTENT.xMinimum()) / EXTENT.width() * SIDE, (EXTENT.yMaximum() - y) / EXTENT.height() * SIDE)


def rgb(text):
    return tuple(int(text[k : k + 2], 16) for k in (1, 3, 5))


def near(a, b, by=6):
    return all(abs(x - y) <= by for x, y in zip(a, b))


def layer_of(name, way):
    """The layer as an officer opens it: its definition, or the file of the month with the style inside."""
    project = QgsProject.instance()
    project.clear()
    if way == "package":
        file = fetched("/collections/%s/download?f=gpkg&%s" % (name, QUERY), name + ".gpkg")
        layer = QgsVectorLayer("%s|layername=%s" % (file, name), name, "ogr")
        layer.loadDefaultStyle()
        layer.setLabelsEnabled(False)
        project.addMapLayer(layer)
        return layer
    if way == "sld":
        file = fetched("/collections/%s/items?limit=10000&%s" % (name, QUERY), name + ".geojson")
        layer = QgsVectorLayer(file, name, "ogr")
        said, good = layer.loadSldStyle(fetched("/styles/%s?f=sld&%s" % (name, QUERY), name + ".sld"))
        if not good:
            wrong.append("%s sld: %s" % (name, said))
        layer.setLabelsEnabled(False)
        project.addMapLayer(layer)
        return layer
    ending = {"features": "", "tiles": ".tiles", "pictures": ".pictures"}[way]
    file = fetched("/qgis/%s%s.qlr?%s" % (name, ending, QUERY), name + ending + ".qlr")
    QgsLayerDefinition.loadLayerDefinition(file, project, project.layerTreeRoot())
    layer = list(project.mapLayers().values())[0]
    if way == "features":
        # Numbers would stand where the ground is looked at.
        layer.setLabelsEnabled(False)
    return layer


def style_of(name):
    return json.loads(get("/styles/%s?f=mapbox&%s" % (name, QUERY)))


MERCATOR = QgsCoordinateTransform(
    QgsCoordinateReferenceSystem("EPSG:4326"), QgsCoordinateReferenceSystem("EPSG:3857"), QgsProject.instance()
)


def fills(name, way):
    """Units filled by class: the colour in their middle is their class's; an absence has no class's colour."""
    style = style_of(name)
    colours = {
        int(l["id"].split("-")[1]): rgb(l["paint"]["fill-color"]) for l in style["layers"] if l["id"].startswith("class-")
    }
    grounds = {
        e["id"]: rgb(e["colour"]) for e in json.loads(get("/legend/%s?%s" % (name, QUERY)))["entries"] if e["kind"] == "status"
    }
    drawn = Drawn(layer_of(name, way), "%s-%s" % (name, way))
    features = layer_of(name, "features")
    classes, absent = {}, 0
    for feature in features.getFeatures():
        shape = feature.geometry()
        shape.transform(MERCATOR)
        pole, reach = shape.poleOfInaccessibility(500)
        x, y = to_pixel(pole.asPoint().x(), pole.asPoint().y())
        # Far enough from borders and from the picture's edge, to see the ground alone.
        if reach / EXTENT.width() * SIDE < 5 or not (5 < x < SIDE - 5 and 5 < y < SIDE - 5):
            continue
        seen, number = drawn.at(x, y), feature["class"]
        around = [drawn.at(x + dx, y + dy) for dx in range(-4, 5) for dy in range(-4, 5)]
        if isinstance(number, (int, float)):
            number = int(number)
            classes[number] = classes.get(number, 0) + 1
            # Hatched over its class where nobody covered it: then a pixel may be the hatch's.
            outside = feature["outside_coverage"] is True if "outside_coverage" in feature.fields().names() else False
            good = any(near(c, colours[number]) for c in around) if outside else near(seen, colours[number])
            if not good:
                wrong.append("%s %s: %s of class %d is %s" % (name, way, feature["pcode"], number, seen))
        else:
            absent += 1
            if any(near(seen, c) for c in colours.values()):
                wrong.append("%s %s: %s is %s and looks like a class" % (name, way, feature["pcode"], feature["status"]))
            if not any(near(c, grounds[feature["status"]]) for c in around):
                wrong.append("%s %s: %s has not the ground of %s" % (name, way, feature["pcode"], feature["status"]))
    return {"classes": classes, "absent": absent}


def circles(name, way):
    """Circles: a whole one on the label point of each unit with a class, and nowhere else a class's colour."""
    style = style_of(name)
    paint = next(l["paint"] for l in style["layers"] if l["id"] == "circles")
    pairs = paint["circle-color"][2:-1]
    colours = {pairs[k]: rgb(pairs[k + 1]) for k in range(0, len(pairs), 2)}
    pairs = paint["circle-radius"][2:-1]
    radii = {pairs[k]: pairs[k + 1] for k in range(0, len(pairs), 2)}
    places = []
    for feature in json.loads(get(style["sources"]["places"]["data"][len(BASE) :]))["features"]:
        number = feature["properties"]["class"]
        if number is not None:
            at = MERCATOR.transform(QgsPointXY(*feature["geometry"]["coordinates"]))
            places.append((*to_pixel(at.x(), at.y()), int(number), feature["properties"]["pcode"]))
    drawn = Drawn(layer_of(name, way), "%s-%s" % (name, way))
    looked = 0
    for x, y, number, pcode in places:
        r = radii[number]
        if not (r < x < SIDE - r and r < y < SIDE - r):
            continue
        # Its four sides too, unless another circle lies there: half a circle is none. A picture's are blurred where QGIS scales it.
        steps = ((0, 0),) if way == "pictures" else ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
        sides = [(x + dx * r * 0.7, y + dy * r * 0.7) for dx, dy in steps]
        free = [
            p for p in sides if all(q == pcode or (p[0] - a) ** 2 + (p[1] - b) ** 2 > (radii[n] + 2) ** 2 for a, b, n, q in places)
        ]
        looked += bool(free)
        bad = [p for p in free if not near(drawn.at(*p), colours[number])]
        if bad:
            wrong.append("%s %s: circle of %s (class %d) is not whole: %s" % (name, way, pcode, number, drawn.at(*bad[0])))
    stray = 0
    for x, y, seen in drawn.pixels():
        number = next((n for n, c in colours.items() if near(seen, c, 2)), None)
        if number is not None and not any((x - a) ** 2 + (y - b) ** 2 <= (radii[n] + 2) ** 2 for a, b, n, _ in places):
            stray += 1
    if stray:
        wrong.append("%s %s: %d pixels have a class's colour where no circle stands" % (name, way, stray))
    return {"circles": looked}


def marked(name):
    """Circles of a Styled Layer Descriptor, whose place the program that reads it chooses: each class has the symbol of its colour."""
    paint = next(l["paint"] for l in style_of(name)["layers"] if l["id"] == "circles")
    pairs = paint["circle-color"][2:-1]
    colours = {pairs[k]: rgb(pairs[k + 1]) for k in range(0, len(pairs), 2)}
    layer = layer_of(name, "sld")
    context = QgsRenderContext()
    context.setExpressionContext(QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer)))
    renderer = layer.renderer().clone()
    renderer.startRender(context, layer.fields())
    seen = 0
    for feature in layer.getFeatures():
        context.expressionContext().setFeature(feature)
        symbols = renderer.symbolsForFeature(feature, context)
        drawn = {s.color().name() for symbol in symbols for s in symbol.symbolLayers()}
        classes = {number for number, c in colours.items() if "#%02x%02x%02x" % c in drawn}
        number = feature["class"]
        wanted = {int(number)} if isinstance(number, (int, float)) else set()
        seen += bool(wanted)
        if classes != wanted:
            wrong.append("%s sld: %s of class %s has the symbol of %s" % (name, feature["pcode"], number, classes))
    renderer.stopRender(context)
    return {"symbols": seen}


def rules():
    """Every rule of every layer's descriptor is read; a pattern is ink on its ground, never a second ground. How many layers."""
    names = [s["id"] for s in json.loads(get("/styles"))["styles"]]
    for name in names:
        file = fetched("/styles/%s?f=sld" % name, name + ".sld")
        with open(file, encoding="utf-8") as text:
            written = [r for r in text.read().split("<se:Rule>")[1:] if "TextSymbolizer" not in r]
        kind = "Point" if all("PolygonSymbolizer" not in r for r in written) else "Polygon"
        layer = QgsVectorLayer(kind + "?field=class:int&field=status:string&field=name:string", name, "memory")
        said, good = layer.loadSldStyle(file)
        renderer = layer.renderer()
        read = renderer.rootRule().children() if renderer.type() == "RuleRenderer" else [renderer]
        if not good or len(read) != len(written):
            wrong.append("%s: QGIS reads %d of %d rules of the SLD: %s" % (name, len(read), len(written), said))
        for rule in read:
            for ink in rule.symbol().symbolLayers()[1:]:
                if ink.layerType() == "SimpleFill" and ink.properties()["style"] == "solid":
                    wrong.append("%s: the pattern of « %s » hides its ground" % (name, rule.label()))
    return len(names)


answer = {}
for name, look, ways in [
    ("risk-communes", fills, ["features", "tiles", "pictures", "package", "sld"]),
    ("coverage-communes", fills, ["features", "tiles", "pictures", "package", "sld"]),
    ("hotspots-cercles", fills, ["features", "tiles", "pictures", "package", "sld"]),
    ("violations-cercles", circles, ["tiles", "pictures"]),
    ("alerts-cercles", circles, ["tiles", "pictures"]),
]:
    answer[name] = {way: look(name, way) for way in ways}
for name in ["violations-cercles", "alerts-cercles", "incidents-regions"]:
    answer.setdefault(name, {})["sld"] = marked(name)
answer["sld"] = rules()
print(json.dumps({"seen": answer, "wrong": wrong}, ensure_ascii=False))
sys.stdout.flush()
# QGIS's own tear-down is not what is tested, and it may crash headless.
os._exit(0)
