"""Opens the project of a service in QGIS and draws a layer three ways. Usage: project.py URL QUERY. Prints one JSON object."""

import json
import os
import sys
import tempfile
import urllib.request

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (  # noqa: E402
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsLayerDefinition,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QSize  # noqa: E402
from qgis.PyQt.QtGui import QColor  # noqa: E402

BASE, QUERY = sys.argv[1].rstrip("/"), sys.argv[2]
application = QgsApplication([], False)
application.initQgis()


def fetched(name):
    path = os.path.join(tempfile.mkdtemp(), name)
    with urllib.request.urlopen("%s/qgis/%s?%s" % (BASE, name, QUERY), timeout=60) as answer:
        with open(path, "wb") as file:
            file.write(answer.read())
    return path


def colours(layer, size=400):
    """The commonest colours of a picture of central Mali, without those of less than a thousandth."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    settings.setExtent(QgsRectangle(-700000, 1450000, 100000, 2250000))
    settings.setOutputSize(QSize(size, size))
    settings.setBackgroundColor(QColor("#ff00ff"))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image, seen = job.renderedImage(), {}
    if len(sys.argv) > 3:
        image.save(os.path.join(sys.argv[3], layer.id() + ".png"))
    for y in range(size):
        for x in range(size):
            name = QColor(image.pixel(x, y)).name()
            seen[name] = seen.get(name, 0) + 1
    return sorted(name for name, count in seen.items() if count > size * size / 1000)


project = QgsProject.instance()
read = project.read(fetched("vigie.qgs"))
layers = project.mapLayers().values()
answer = {
    "read": read,
    "crs": project.crs().authid(),
    "groups": [g.name() for g in project.layerTreeRoot().children()],
    "layers": len(layers),
    "invalid": sorted(l.id() for l in layers if not l.isValid()),
    "temporal": sorted(l.id() for l in layers if l.temporalProperties() and l.temporalProperties().isActive()),
}
# Written by QGIS itself and opened again, as after a day's work.
again = os.path.join(tempfile.mkdtemp(), "again.qgs")
answer["written"] = project.write(again)
project.clear()
answer["reopened"] = project.read(again)
layers = project.mapLayers().values()
answer["layers_again"] = len(layers)
answer["invalid_again"] = sorted(l.id() for l in layers if not l.isValid())
answer["without_crs"] = sorted(l.id() for l in layers if not l.crs().isValid())
project.clear()
for ending in ["", ".tiles", ".pictures"]:
    QgsLayerDefinition.loadLayerDefinition(fetched("risk-communes%s.qlr" % ending), project, project.layerTreeRoot())
    layer = [l for l in project.mapLayers().values()][0]
    answer[ending or "features"] = {"valid": layer.isValid(), "colours": colours(layer)}
    project.clear()
print(json.dumps(answer))
