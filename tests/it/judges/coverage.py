"""Asks GEOS whether the features of GeoJSON files are coverages: no gap, no overlap, shared borders vertex for vertex."""
import json
import sys

import shapely
from shapely.geometry import shape

for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        units = [shape(feature["geometry"]) for feature in json.load(file)["features"]]
    wrong = sum(not edge.is_empty for edge in shapely.coverage_invalid_edges(units))
    print(json.dumps({"units": len(units), "valid": all(u.is_valid for u in units), "wrong": wrong}))
