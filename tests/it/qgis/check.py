"""Opens every collection of a service in QGIS, over OGC API Features and by its layer definition.

Usage: check.py URL [QUERY]. Prints one JSON object: what was opened, and what was wrong (nothing, one hopes).
"""

import json
import os
import sys
import tempfile
import urllib.request

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (  # noqa: E402
    NULL,
    Qgis,
    QgsApplication,
    QgsFeatureRequest,
    QgsLayerDefinition,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QVariant  # noqa: E402

BASE = sys.argv[1].rstrip("/")
QUERY = sys.argv[2] if len(sys.argv) > 2 else ""

# QGIS from 3.44 on reads the schema; before, it guesses from the first ten features, and is written whole numbers with a decimal
# point, since it would make zeros of absent ones.
READS_SCHEMA = Qgis.QGIS_VERSION_INT >= 34400

TYPES = {
    "string": {QVariant.String, QVariant.Date, QVariant.DateTime},
    "integer": {QVariant.LongLong} if READS_SCHEMA else {QVariant.Double},
    "number": {QVariant.Double},
    "boolean": {QVariant.Bool},
}


def get(path):
    with urllib.request.urlopen(BASE + path, timeout=60) as answer:
        return json.loads(answer.read())


def source(collection):
    query = "?" + QUERY if QUERY else ""
    return "url='%s/%s' typename='%s' restrictToRequestBBOX='0'" % (BASE, query, collection)


def compare(layer, collection, schema, wrong):
    """What QGIS sees of a layer, against what the service says of it."""
    mark = "&" if QUERY else ""
    page = get("/collections/%s/items?%s%slimit=10000" % (collection, QUERY, mark))
    part = page
    while True:
        after = [link["href"] for link in part["links"] if link["rel"] == "next"]
        if not after:
            break
        part = get(after[0][len(BASE):])
        page["features"] += part["features"]
    # The first reading comes from the network, the second from QGIS's own cache: absences must survive both.
    list(layer.getFeatures())
    features = list(layer.getFeatures())
    if len(features) != page["numberMatched"] or layer.featureCount() != page["numberMatched"]:
        wrong.append("%s: %d features (%d counted), %d expected" % (
            collection, len(features), layer.featureCount(), page["numberMatched"]))
    if not features and not READS_SCHEMA:
        return 0  # No feature, no geometry type and no field that this version could see.
    ids = [feature["id"] for feature in features] if "id" in layer.fields().names() else []
    if len(ids) != len(set(ids)):
        wrong.append("%s: an id comes twice" % collection)
    wanted = "MultiPolygon" if schema["geometry"]["format"] == "geometry-multipolygon" else "Point"
    found = QgsWkbTypes.displayString(layer.wkbType())
    if found != wanted:
        wrong.append("%s: geometry %s, %s expected" % (collection, found, wanted))
    if not layer.crs().authid().endswith(("CRS84", "4326")):
        wrong.append("%s: reference system %s" % (collection, layer.crs().authid()))
    fields = {field.name(): field.type() for field in layer.fields()}
    names = [name for name in schema if name != "geometry"]
    if sorted(set(fields) - {"id"}) != sorted(names):
        wrong.append("%s: fields %s, %s expected" % (collection, sorted(fields), sorted(names)))
        return len(features)
    for name in names:
        if fields[name] in TYPES[schema[name]["type"]]:
            continue
        # A field without any value has no type to be seen.
        if not READS_SCHEMA and all(feature[name] == NULL for feature in features):
            continue
        wrong.append("%s: field %s is %s, %s expected" % (
            collection, name, QVariant.typeToName(fields[name]), schema[name]["type"]))
    for name in names:
        absent = sum(1 for feature in page["features"] if feature["properties"][name] is None)
        found = sum(1 for feature in features if feature[name] == NULL)
        if absent != found and schema[name]["type"] != "boolean":
            wrong.append("%s: %s is absent from %d features, %d in QGIS" % (collection, name, absent, found))
    # A zone is a list of units and has no p-code of its own.
    if "pcode" in fields and collection != "zones":
        for feature in features:
            if not isinstance(feature["pcode"], str):
                wrong.append("%s: p-code %r is no text" % (collection, feature["pcode"]))
                break
    if features and "pcode" in fields and collection != "zones":
        chosen = QgsFeatureRequest().setFilterExpression('"pcode" = \'%s\'' % features[0]["pcode"])
        one = get("/collections/%s/items?%s%slimit=1&pcode=%s" % (collection, QUERY, mark, features[0]["pcode"]))
        found = sum(1 for _ in layer.getFeatures(chosen))
        if found != one["numberMatched"]:
            wrong.append("%s: %d features of a p-code, %d expected" % (collection, found, one["numberMatched"]))
    box = QgsRectangle(-5, 13, -3, 15)
    near = get("/collections/%s/items?%s%slimit=1&bbox=-5,13,-3,15" % (collection, QUERY, mark))
    found = sum(1 for _ in layer.getFeatures(QgsFeatureRequest().setFilterRect(box)))
    if found != near["numberMatched"]:
        wrong.append("%s: %d features in a box, %d expected" % (collection, found, near["numberMatched"]))
    first = next((f for f in features if not f.geometry().isNull()), None)
    if first is not None:
        at = first.geometry().boundingBox().center()
        if not (-20 < at.x() < 20 and 5 < at.y() < 30):
            wrong.append("%s: %s is not in the Sahel; axes turned?" % (collection, at.toString()))
    return len(features)


def check_definition(collection, folder, wrong):
    """The layer that the definition opens: valid, styled, with the same features as without it."""
    path = os.path.join(folder, collection + ".qlr")
    query = "?" + QUERY if QUERY else ""
    with urllib.request.urlopen("%s/qgis/%s.qlr%s" % (BASE, collection, query), timeout=60) as answer:
        with open(path, "wb") as out:
            out.write(answer.read())
    project = QgsProject()
    good, message = QgsLayerDefinition.loadLayerDefinition(path, project, project.layerTreeRoot())
    layers = list(project.mapLayers().values())
    if not good or len(layers) != 1:
        wrong.append("%s.qlr: %s, %d layers" % (collection, message, len(layers)))
        return None
    layer = layers[0]
    if not layer.isValid():
        wrong.append("%s.qlr: layer not valid: %s" % (collection, layer.source()))
        return None
    renderer = layer.renderer()
    kind = renderer.type() if renderer else None
    classes = len(renderer.legendSymbolItems()) if renderer else 0
    if kind in (None, "nullSymbol", "singleSymbol"):
        wrong.append("%s.qlr: renderer %s" % (collection, kind))
    if renderer is None:
        return None
    # The style must be about this layer: each field that it names is there.
    missing = renderer.usedAttributes(_context(layer)) - set(layer.fields().names())
    # Tested with coalesce: a layer without it has no such feature to mark.
    missing -= {"*", "outside_coverage"}
    if missing:
        wrong.append("%s.qlr: the style names fields that are not there: %s" % (collection, sorted(missing)))
    seen, total = drawn(layer), layer.featureCount()
    if seen != total:
        wrong.append("%s.qlr: %d of %d features have a symbol" % (collection, seen, total))
    return {
        "renderer": kind,
        "classes": classes,
        "features": sum(1 for _ in layer.getFeatures()),
        "name": layer.name(),
        "periods": sorted({str(f["period"]) for f in layer.getFeatures()}) if "period" in layer.fields().names() else [],
        "drawn": seen,
    }


def _context(layer):
    from qgis.core import QgsExpressionContext, QgsExpressionContextUtils, QgsRenderContext

    context = QgsRenderContext()
    expressions = QgsExpressionContext()
    expressions.appendScopes(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    context.setExpressionContext(expressions)
    return context


def drawn(layer):
    """How many features the renderer has a symbol for."""
    context = _context(layer)
    renderer = layer.renderer().clone()
    renderer.startRender(context, layer.fields())
    count = 0
    for feature in layer.getFeatures():
        context.expressionContext().setFeature(feature)
        if renderer.willRenderFeature(feature, context):
            count += 1
    renderer.stopRender(context)
    return count


def main():
    application = QgsApplication([], False)
    application.initQgis()
    wrong = []
    opened = {}
    with tempfile.TemporaryDirectory() as folder:
        for collection in get("/collections")["collections"]:
            name = collection["id"]
            schema = get("/collections/%s/schema" % name)["properties"]
            if QUERY and name in ("regions", "cercles", "communes"):
                # Boundaries have no period, and say so to whoever asks for one.
                continue
            layer = QgsVectorLayer(source(name), name, "OAPIF")
            if not layer.isValid():
                wrong.append("%s: not valid over OAPIF" % name)
                continue
            opened[name] = {"features": compare(layer, name, schema, wrong)}
            if opened[name]["features"] or READS_SCHEMA:
                opened[name]["definition"] = check_definition(name, folder, wrong)
    print(json.dumps({"qgis": Qgis.QGIS_VERSION, "opened": opened, "wrong": wrong}, ensure_ascii=False))
    sys.stdout.flush()
    # QGIS's own tear-down is not what is tested, and it may crash headless.
    os._exit(0)


main()
