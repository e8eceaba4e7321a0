"""Opens the project of a service in QGIS, lists its print layouts and prints one. Usage: layouts.py URL QUERY LAYOUT FOLDER.
Prints one JSON object."""

import json
import os
import sys
import tempfile
import urllib.request

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (  # noqa: E402
    QgsApplication,
    QgsLayoutExporter,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemPicture,
    QgsLayoutItemScaleBar,
    QgsProject,
    QgsReadWriteContext,
)
from qgis.PyQt.QtGui import QColor, QImage  # noqa: E402

BASE, QUERY, NAME, FOLDER = sys.argv[1].rstrip("/"), sys.argv[2], sys.argv[3], sys.argv[4]
application = QgsApplication([], False)
application.initQgis()
path = os.path.join(tempfile.mkdtemp(), "vigie.qgs")
with urllib.request.urlopen("%s/qgis/vigie.qgs?%s" % (BASE, QUERY), timeout=60) as answer:
    with open(path, "wb") as file:
        file.write(answer.read())
project = QgsProject.instance()
read = project.read(path)


def items(layout, kind):
    return [i for i in layout.items() if isinstance(i, kind)]


def described(layout):
    maps, legends = items(layout, QgsLayoutItemMap), items(layout, QgsLayoutItemLegend)
    page = layout.pageCollection().page(0).pageSize()
    legend = legends[0].model().rootGroup() if legends else None
    return {
        "page": [page.width(), page.height()],
        "texts": {i.id(): i.currentText() for i in items(layout, QgsLayoutItemLabel)},
        "layers": [layer.id() for layer in maps[0].layers()] if maps else [],
        "projection": maps[0].crs().toProj() if maps else "",
        "legend": [l.layer().id() for l in legend.findLayers() if l.layer()] if legend else [],
        "bars": [(i.linkedMap() is not None, i.unitLabel(), i.numberOfSegments()) for i in items(layout, QgsLayoutItemScaleBar)],
        "arrows": [i.linkedMap() is not None for i in items(layout, QgsLayoutItemPicture)],
    }


layouts = project.layoutManager().printLayouts()
answer = {"read": read, "layouts": {l.name(): described(l) for l in layouts}}
layout = project.layoutManager().layoutByName(NAME)
exporter = QgsLayoutExporter(layout)
picture = QgsLayoutExporter.ImageExportSettings()
picture.dpi = 100
png, pdf = os.path.join(FOLDER, "layout.png"), os.path.join(FOLDER, "layout.pdf")
answer["png"] = exporter.exportToImage(png, picture)
answer["pdf"] = exporter.exportToPdf(pdf, QgsLayoutExporter.PdfExportSettings())
image = QImage(png)
frame = items(layout, QgsLayoutItemMap)[0]
scale = picture.dpi / 25.4
where, seen = frame.sceneBoundingRect(), {}
for y in range(int(where.top() * scale), int(where.bottom() * scale), 2):
    for x in range(int(where.left() * scale), int(where.right() * scale), 2):
        name = QColor(image.pixel(x, y)).name()
        seen[name] = seen.get(name, 0) + 1
total = sum(seen.values())
answer["size"] = [image.width(), image.height()]
answer["colours"] = sorted(name for name, count in seen.items() if count > total / 1000)
answer["white"] = seen.get("#ffffff", 0) / total
# What an officer edits and saves comes back.
project.write(os.path.join(FOLDER, "edited.qgs"))
answer["again"] = QgsProject().read(os.path.join(FOLDER, "edited.qgs"))
print(json.dumps(answer))
