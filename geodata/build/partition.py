"""One planar partition of Mali, Burkina Faso and Niger into their smallest units.

All linework (national and regional outlines, edges of Voronoi cells) is noded and snapped to the grid in ONE step.
Neighbours then share every vertex of their border, so dissolving upward nests exactly and countries meet without a sliver.
"""

import math
import sqlite3
import unicodedata
from collections import defaultdict

import shapely
from shapely.affinity import scale
from shapely.geometry import MultiPoint, Point
from shapely.ops import nearest_points

GRID = 1e-4
INSIDE = 0.01  # degrees: how far inside its region a stray point is moved
VIEW = shapely.box(-14, 8, 7, 27)  # what the maps may show around Mali


def key(name):
    """Lower-case letters only: 'Mou Houn' and 'Mouhoun' are one name."""
    return "".join(c for c in unicodedata.normalize("NFD", name.lower()) if c.isalpha())


# Natural Earth's name → the fact file's, where the letters differ
NAMES = {"timbuktu": "tombouctou", "komoe": "comoe"}


def read_world_map(path, layer, columns):
    """Rows of a GeoPackage layer. A GeoPackage geometry is WKB after a header of 8 bytes and an optional envelope."""
    envelope = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
    with sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True) as db:
        rows = db.execute(f"select {', '.join(columns)}, geom from {layer} order by fid").fetchall()
    for row in rows:
        blob = row[-1]
        yield *row[:-1], shapely.from_wkb(blob[8 + envelope[blob[3] >> 1 & 7]:])


def voronoi_edges(outline, seeds):
    """Edges of the seeds' Voronoi cells inside the outline. Longitudes are shrunk so that distances are near true."""
    if len(seeds) < 2:
        return []
    squeeze = math.cos(math.radians(outline.centroid.y))
    flat = scale(MultiPoint(seeds), squeeze, 1, origin=(0, 0))
    frame = scale(outline, squeeze, 1, origin=(0, 0)).buffer(1)
    edges = shapely.voronoi_polygons(flat, extend_to=frame, only_edges=True)
    return [shapely.intersection(scale(edges, 1 / squeeze, 1, origin=(0, 0)), outline)]


def seed_inside(point, outline):
    """Natural Earth's outlines are coarse: a point that falls outside is moved just inside, or its cell could vanish."""
    if outline.contains(point):
        return point, False
    return nearest_points(outline.buffer(-INSIDE), point)[0], True


def partition(states, outlines, seeds):
    """
    states   {area: outline}: regions, or provinces where they are the smallest units
    outlines other countries' outlines, so that they share the linework
    seeds    {area: {unit: point}}; an area without seeds is its own unit
    Returns ({unit: polygon}, [(iso3, polygon)], [moved units]).
    """
    moved, placed = [], {}
    for area, points in seeds.items():
        placed[area] = {}
        for unit, point in points.items():
            placed[area][unit], stray = seed_inside(point, states[area])
            if stray:
                moved.append(unit)
    lines = [shapely.boundary(g) for g in states.values()] + [shapely.boundary(g) for _, g in outlines]
    for area in states:
        lines += voronoi_edges(states[area], list(placed.get(area, {}).values()))
    linework = shapely.union_all(lines, grid_size=GRID)
    faces = list(shapely.get_parts(shapely.polygonize(shapely.get_parts(linework))))

    area_names, neighbours = list(states), list(outlines)
    tree = shapely.STRtree([states[a] for a in area_names] + [g for _, g in neighbours])
    by_area, by_country = defaultdict(list), defaultdict(list)
    for face in faces:
        i = int(tree.query_nearest(face.representative_point(), all_matches=False)[0])
        if i < len(area_names):
            by_area[area_names[i]].append(face)
        elif tree.geometries[i].contains(face.representative_point()):
            by_country[neighbours[i - len(area_names)][0]].append(face)
        # else: a lake or sea enclosed by other countries' outlines; it belongs to nobody

    cells = {}
    for area, parts in by_area.items():
        if area in placed:
            cells.update(assign(parts, placed[area]))
        else:
            cells[area] = shapely.coverage_union_all(parts)
    return cells, {iso3: shapely.coverage_union_all(parts) for iso3, parts in by_country.items()}, moved


def assign(faces, seeds):
    """Give each face to the unit whose point it holds.

    A piece that the outline cuts off from its point goes to the neighbour with the longest common border.
    """
    owner = {}
    for unit, point in seeds.items():
        owner[min(range(len(faces)), key=lambda i: faces[i].distance(point))] = unit
    if len(owner) != len(seeds):
        raise SystemExit(f"two points in one cell among {list(seeds)}")
    while len(owner) < len(faces):
        best = None
        for i in (i for i in range(len(faces)) if i not in owner):
            border = defaultdict(float)
            for j, unit in owner.items():
                border[unit] += faces[i].intersection(faces[j]).length
            unit, length = max(border.items(), key=lambda item: (item[1], item[0]))
            if best is None or length > best[0]:
                best = (length, i, unit)
        owner[best[1]] = best[2]
    cells = defaultdict(list)
    for i in sorted(owner):
        cells[owner[i]].append(faces[i])
    return {unit: shapely.coverage_union_all(parts) for unit, parts in cells.items()}
