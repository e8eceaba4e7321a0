"""Opens a layer of a GeoPackage in QGIS as an officer without a network would.

Usage: package.py FILE LAYER. Prints one JSON object: features, renderer, classes, p-codes that are text.
"""

import json
import os
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import QgsApplication, QgsVectorLayer  # noqa: E402

application = QgsApplication([], False)
application.initQgis()
layer = QgsVectorLayer("%s|layername=%s" % (sys.argv[1], sys.argv[2]), sys.argv[2], "ogr")
message, styled = layer.loadDefaultStyle()
renderer = layer.renderer()
answer = {
    "valid": layer.isValid(),
    "features": layer.featureCount(),
    "styled": styled,
    "renderer": renderer.type() if renderer else None,
    "rules": len(renderer.rootRule().children()) if renderer and renderer.type() == "RuleRenderer" else None,
    "legend": len(renderer.legendSymbolItems()) if renderer else None,
    "texts": all(isinstance(f["pcode"], str) for f in layer.getFeatures()),
}
print(json.dumps(answer))
