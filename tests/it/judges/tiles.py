"""Decodes vector tiles of a service with mapbox-vector-tile and asks GEOS about them.

Usage: tiles.py URL QUERY LAYER... Prints one JSON object a layer: tiles, features and places looked at, and what was wrong.
"""

import json
import sys
import urllib.parse
import urllib.request

import mapbox_vector_tile
import shapely
from shapely.geometry import shape

BASE, QUERY, LAYERS = sys.argv[1], sys.argv[2], sys.argv[3:]
EXTENT, BUFFER = 4096, 128
# All of Mali at zoom 5; some of the Niger's inner delta at zoom 8.
TILES = [(5, x, y) for x in range(14, 17) for y in range(13, 16)] + [(8, x, y) for x in range(123, 127) for y in range(115, 119)]


def get(path):
    with urllib.request.urlopen(BASE + path, timeout=60) as answer:
        return answer.status, answer.read()


def area(ring):
    """Twice the area, positive for clockwise on the screen (y down), as the specification wants outer rings."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1]))


def on_frame(edge):
    return all(min(abs(c + BUFFER), abs(c - EXTENT - BUFFER)) <= 1 for c in (edge[0][0], edge[1][0])) or all(
        min(abs(c + BUFFER), abs(c - EXTENT - BUFFER)) <= 1 for c in (edge[0][1], edge[1][1])
    )


for layer in LAYERS:
    wrong, tiles, count, places = [], 0, 0, {}
    listed = json.loads(get("/collections/%s/items?limit=10000&%s" % (layer, QUERY))[1])
    wanted = {f["id"]: f["properties"] for f in listed["features"]}
    for z, x, y in TILES:
        status, body = get("/tiles/%s/%d/%d/%d.mvt?%s" % (layer, z, x, y, QUERY))
        if status == 204:
            continue
        tiles += 1
        where = "%d/%d/%d" % (z, x, y)
        decoded = mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})
        if set(decoded) - {layer, layer + "-places"}:
            wrong.append("%s: layers %s" % (where, sorted(decoded)))
        shapes = []
        # A tile beside the country may have the edge of a circle alone.
        for feature in decoded.get(layer, {"features": []})["features"]:
            count += 1
            properties = feature["properties"]
            own = wanted["%s.%s" % (properties["set"], properties["pcode"])]
            # Every property as the features have it; what is absent there is absent here, not 0 or empty.
            for name, value in own.items():
                if properties.get(name) != value:
                    wrong.append("%s %s: %s is %r, %r in the features" % (where, own["pcode"], name, properties.get(name), value))
            if "status" in own and isinstance(properties.get("value"), (int, float)) != (own["status"] in ("value", "zero")):
                wrong.append("%s %s: %s with value %r" % (where, own["pcode"], own["status"], properties.get("value")))
            geometry = feature["geometry"]
            polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
            for polygon in polygons:
                rings = [[tuple(p) for p in ring][:-1] if ring[0] == ring[-1] else [tuple(p) for p in ring] for ring in polygon]
                if area(rings[0]) <= 0 or any(area(r) >= 0 for r in rings[1:]):
                    wrong.append("%s %s: rings turn the wrong way" % (where, own["pcode"]))
            outline = shape(geometry)
            if not outline.is_valid:
                wrong.append("%s %s: %s" % (where, own["pcode"], shapely.is_valid_reason(outline)))
            shapes.append(outline)
        # An edge that GEOS finds on one side alone is a gap, an overlap or a vertex that the neighbour has not.
        for edges in shapely.coverage_invalid_edges(shapes):
            for line in getattr(edges, "geoms", [edges]):
                points = list(line.coords)
                bad = [pair for pair in zip(points, points[1:]) if not on_frame(pair)]
                if bad:
                    wrong.append("%s: neighbours differ along %s" % (where, bad[0]))
        for place in decoded.get(layer + "-places", {"features": []})["features"]:
            px, py = place["geometry"]["coordinates"]
            if 0 <= px < EXTENT and 0 <= py < EXTENT:
                key = (z, place["properties"]["pcode"])
                places[key] = places.get(key, 0) + 1
            if place["properties"].get("class") is None:
                wrong.append("%s: a circle without a class" % where)
    whole = {pcode: n for (z, pcode), n in places.items() if z == TILES[0][0]}
    print(json.dumps({
        "layer": layer, "tiles": tiles, "features": count, "places": len(whole), "twice": sum(n > 1 for n in whole.values()),
        "classed": sum(p.get("class") is not None for p in wanted.values()), "wrong": wrong[:20],
    }, ensure_ascii=False))
