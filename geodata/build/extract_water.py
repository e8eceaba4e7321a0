"""Cut the rivers and lakes out of two packages that carry Natural Earth, once.

The result is kept in `inputs/`, so that the build itself needs neither package.
Usage: extract_water.py africa_50m.json ne_10m_lakes.geojson OUT_DIR
"""

import json
import sys
from pathlib import Path

from shapely import box
from shapely.geometry import LineString, MultiLineString, mapping, shape

VIEW = box(-14, 8, 7, 27)
# The packages drop the names: each river and lake is named by a point that lies on it (degrees, within 0.3).
RIVERS = [
    ("Niger", -4.20, 14.50), ("Niger", -0.05, 16.26), ("Niger", -4.10, 15.40), ("Niger", 4.60, 10.30), ("Niger", 6.7, 6.2),
    ("Sénégal", -11.45, 14.45), ("Bafing", -10.30, 13.00), ("Mouhoun", -3.30, 12.60), ("Nakambé", -1.10, 12.60),
]
LAKES = [("Lac Débo", -4.15, 15.30), ("Lac de Kainji", 4.55, 10.40), ("Lac Volta", 0.00, 7.50)]


def topojson_lines(topology, layer):
    """The layer's line features, decoded from TopoJSON's delta-coded arcs."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * sx + tx, y * sy + ty))
        arcs.append(points)

    def join(indices):
        points = []
        for i in indices:
            arc = arcs[i] if i >= 0 else arcs[~i][::-1]
            points += arc[1:] if points else arc
        return points

    for geometry in topology["objects"][layer]["geometries"]:
        parts = [geometry["arcs"]] if geometry["type"] == "LineString" else geometry["arcs"]
        yield MultiLineString([LineString(join(part)) for part in parts])


def named(geometry, table):
    for name, lon, lat in table:
        point = shape({"type": "Point", "coordinates": (lon, lat)})
        if geometry.distance(point) < 0.3:
            return name
    return None


def write(path, features):
    lines = []
    for name, geometry in features:
        geometry = json.loads(json.dumps(mapping(geometry)), parse_float=lambda t: round(float(t), 3))
        lines.append(json.dumps({"type": "Feature", "properties": {"name_fr": name}, "geometry": geometry}, ensure_ascii=False))
    path.write_text('{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n", encoding="utf-8")


def main():
    topology, lakes, out = (Path(a) for a in sys.argv[1:4])
    rivers = [r for r in topojson_lines(json.loads(topology.read_text()), "rivers") if r.intersects(VIEW)]
    write(out / "rivers.geojson", [(n, r) for r in rivers if (n := named(r, RIVERS))])
    lakes = [shape(f["geometry"]) for f in json.loads(lakes.read_text())["features"]]
    write(out / "lakes.geojson", [(n, g) for g in lakes if g.intersects(VIEW) and (n := named(g, LAKES))])


if __name__ == "__main__":
    main()
