"""Check what build.py made. Exit status 0 means that every assertion held.

Usage: check.py [--world-map world_map.gpkg]   (without that file the rebuild is not checked, and the output says so)
"""

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from pathlib import Path

import shapely
from shapely.geometry import Point, shape

from build import SETS, WORLD_MAP, clean_clip, read_units
from output import read_csv, sha256

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
COUNTS = {"mli-2021": (10, 53, 701), "mli-2019": (9, 50, 701), "bfa-2018": (13, 45), "ner-2023": (8, 67)}
ACCENTS = {  # names that a wrong encoding would break
    "mli-2021": {"ML04": "Ségou", "ML10": "Ménaka", "ML0508": "Youwarou", "ML050412": "Koubéwel Koundia", "ML040619": "N'koumandougou"},
    "mli-2019": {"ML0704": "Ménaka", "ML0507": "Ténenkou", "ML0604": "Niafunké"},
    "bfa-2018": {"BF56": "Sahel"},
    "ner-2023": {"NE006": "Tillabéri"},
}
NO_AREA = 1e-9  # square degrees, about 12 m²
STRAY = 0.05  # degrees: farthest that a unit's point may lie from its cell, for points outside Natural Earth's outline


def load(path):
    document = json.loads(path.read_text(encoding="utf-8"))
    assert set(document) == {"type", "features"}, f"{path}: members beside type and features"
    return [(f["properties"], shape(f["geometry"])) for f in document["features"]]


def check_hashes(folder):
    source = tomllib.loads((folder / "SOURCE.toml").read_text(encoding="utf-8"))
    for name, digest in source["files"].items():
        assert sha256(folder / name) == digest, f"{folder.name}/{name} is not the file of SOURCE.toml"
    return source


def check_set(name, units):
    source = check_hashes(ROOT / name)
    assert source["geometry"] == "schematic" and source["id"] == name
    levels, names = {}, {}
    for level in range(1, SETS[name]["levels"] + 1):
        features = load(ROOT / name / f"adm{level}.geojson")
        codes = [p["pcode"] for p, _ in features]
        expected = sorted(c for s, n, c in units if (s, n) == (name, level))
        assert codes == expected, f"{name} level {level}: codes or their order"
        assert len(codes) == COUNTS[name][level - 1], f"{name} level {level}: {len(codes)} units"
        for properties, polygon in features:
            unit = units[(name, level, properties["pcode"])]
            assert list(properties) == ["pcode", "name", "parent_pcode"]
            assert (properties["name"], properties["parent_pcode"]) == (unit["name"], unit["parent_pcode"])
            assert polygon.geom_type == "MultiPolygon" and polygon.is_valid and polygon.area > 0, properties
            assert all(p.exterior.is_ccw for p in polygon.geoms), f"{properties}: RFC 7946 wants outer rings counter-clockwise"
            xy = shapely.get_coordinates(polygon)
            assert (abs(xy * 1e4 - (xy * 1e4).round()) < 1e-6).all(), f"{properties}: off the grid"
            names[properties["pcode"]] = properties["name"]
        # a valid coverage: no overlap, and neighbours share every vertex of their border
        assert shapely.coverage_is_valid([g for _, g in features]), f"{name} level {level}: gap or overlap"
        levels[level] = {p["pcode"]: (p["parent_pcode"], g) for p, g in features}
    for code, text in ACCENTS[name].items():
        assert names[code] == text, (code, names[code])
    for level in range(2, SETS[name]["levels"] + 1):
        children = {}
        for parent, polygon in levels[level].values():
            children.setdefault(parent, []).append(polygon)
        assert set(children) == set(levels[level - 1])
        for code, polygons in children.items():
            parent = levels[level - 1][code][1]
            assert abs(sum(p.area for p in polygons) - parent.area) < NO_AREA, f"{name} {code}: children overlap or leave a gap"
            assert shapely.union_all(polygons).symmetric_difference(parent).area < NO_AREA, f"{name} {code}: does not nest"
            assert {tuple(c) for c in shapely.get_coordinates(parent)} <= {tuple(c) for p in polygons for c in shapely.get_coordinates(p)}
    return levels


def check_points(name, polygons, units):
    """Each cell holds its own point, but for a few points outside Natural Earth's coarse outline."""
    level = SETS[name]["levels"]
    outside, pieces = {}, []
    for code, (_, polygon) in polygons.items():
        unit = units[(name, level, code)]
        distance = polygon.distance(Point(float(unit["lon"]), float(unit["lat"])))
        assert distance <= STRAY, f"{name} {code} {unit['name']}: its point is {distance:.3f} degree off"
        if distance > 0:
            outside[unit["name"]] = round(distance, 4)
        if len(polygon.geoms) > 1:
            pieces.append(unit["name"])
    return outside, pieces


def check_context(levels, facts):
    check_hashes(ROOT / "context")
    countries = {p["iso3"]: g for p, g in load(ROOT / "context/countries.geojson")}
    assert {"MLI", "MRT", "DZA", "NER", "BFA", "CIV", "GIN", "SEN"} <= set(countries)
    assert all(g.is_valid for g in countries.values()) and shapely.coverage_is_valid(list(countries.values()))
    for name, country in (("mli-2021", "MLI"), ("mli-2019", "MLI"), ("bfa-2018", "BFA"), ("ner-2023", "NER")):
        union = clean_clip(shapely.coverage_union_all([g for _, g in levels[name][1].values()]))
        assert union.symmetric_difference(countries[country]).area < NO_AREA, name
    for town in read_csv(facts / "towns.csv"):
        point = Point(float(town["lon"]), float(town["lat"]))
        assert countries[town["country"]].distance(point) < 0.05, town
    for layer in ("rivers", "lakes"):
        assert all(g.is_valid and not g.is_empty for _, g in load(ROOT / f"context/{layer}.geojson"))


def check_tables(units):
    zones = read_csv(ROOT / "zones/liptako-gourma.csv")
    for row in zones:
        assert units[(row["set"], int(row["level"]), row["pcode"])]["name"] == row["name"], row
    kinds = {z["id"]: z["kind"] for z in tomllib.loads((ROOT / "zones/zones.toml").read_text(encoding="utf-8"))["zone"]}
    assert {z for z, kind in kinds.items() if kind == "definition"} == {"ALG", "STUDY_ADM2", "BRIEF_2019"} and len(kinds) == 6
    assert {(r["zone_id"], r["kind"]) for r in zones} == set(kinds.items())

    groups = read_csv(ROOT / "groupings/regions-2023.csv")
    cercles = {(s, code) for s, level, code in units if s.startswith("mli-") and level == 2}
    assert Counter((r["set"], r["pcode"]) for r in groups) == Counter(cercles), "each cercle is in one group"
    about = tomllib.loads((ROOT / "groupings/regions-2023.toml").read_text(encoding="utf-8"))
    assert about["approximate"] is True and len(about["group"]) == 20
    assert {g["name"] for g in about["group"]} - {r["name"] for r in groups} == {"Taoudénit"}
    assert any((r["set"], r["pcode"], r["name"]) == ("mli-2019", "ML0704", "Ménaka") for r in groups)

    aliases = read_csv(ROOT / "aliases.csv")
    known = {(str(level), u["name"]) for (s, level, _), u in units.items() if s.startswith("mli-")}
    assert all(r["level"] == "" or (r["level"], r["canonical"]) in known for r in aliases)
    assert len({(r["alias"], r["level"], r["canonical"]) for r in aliases}) == len(aliases)

    people = read_csv(ROOT / "population/population_2021.csv")
    for row in people:
        assert units[(row["set"], int(row["level"]), row["pcode"])]["name"] == row["name"] and int(row["population"]) > 0
    totals = Counter()
    for row in people:
        totals[row["set"]] += int(row["population"])
    assert totals["mli-2019"] == totals["mli-2021"], totals  # Ménaka's region has what its cercle had


def check_rebuild(world_map):
    """Two builds into empty folders give the shipped bytes."""
    for _ in range(2):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                [sys.executable, HERE / "build.py", "--world-map", world_map, "--out", folder], check=True, stdout=subprocess.DEVNULL)
            made = [p for p in Path(folder).rglob("*") if p.is_file()]
            for path in made:
                shipped = ROOT / path.relative_to(folder)
                assert shipped.read_bytes() == path.read_bytes(), f"{shipped} differs after a rebuild"
    return len(made)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--world-map", type=Path, default=WORLD_MAP)
    world_map = parser.parse_args().world_map
    units = read_units(ROOT / "facts")
    levels = {}
    for name in SETS:
        levels[name] = check_set(name, units)
        lowest = levels[name][SETS[name]["levels"]]
        outside, pieces = check_points(name, lowest, units)
        print(f"{name}: {'/'.join(str(len(v)) for v in levels[name].values())} units; points outside their cell: {outside or 'none'}; cells in pieces: {pieces or 'none'}")
    three = [g for name in ("mli-2021", "bfa-2018", "ner-2023") for _, g in levels[name][SETS[name]["levels"]].values()]
    assert shapely.coverage_is_valid(three), "a sliver or overlap between countries"
    union = shapely.union_all(three)
    assert len(shapely.get_parts(union)) == 1 and not list(shapely.get_parts(union)[0].interiors), "a hole between countries"
    check_context(levels, ROOT / "facts")
    check_tables(units)
    print("nesting, validity, national borders, context and tables: right")
    if world_map.is_file():
        print(f"rebuilt twice: {check_rebuild(world_map)} files, same bytes")
    else:
        print(f"rebuild not checked: {world_map} is missing (Debian's qgis-common)")


if __name__ == "__main__":
    main()
