"""GEOS (through shapely 2) judges every point that `cargo bench --bench locate -- --dump FILE` wrote.

    python3 benches/judge_geos.py FILE ../shared/data/mli_cod_2019/mli_adm3.geojson

Prints how long GEOS takes and how many points it puts elsewhere. Needs shapely >= 2 and numpy.
"""

import json
import sys
import time

import numpy as np
import shapely


def main(dump: str, boundaries: str) -> int:
    with open(boundaries, encoding="utf-8") as file:
        features = json.load(file)["features"]
    # The locator numbers communes in the order of their p-codes.
    features.sort(key=lambda f: f["properties"]["admin3Pcode"])
    communes = np.array([shapely.geometry.shape(f["geometry"]) for f in features])
    rows = np.fromfile(dump, dtype=[("lon", "<f8"), ("lat", "<f8"), ("unit", "<i8")])

    start = time.perf_counter()
    points = shapely.points(rows["lon"], rows["lat"])
    made = time.perf_counter()
    tree = shapely.STRtree(communes)
    which, commune = tree.query(points, predicate="within")
    done = time.perf_counter()

    geos = np.full(len(rows), -1, dtype=np.int64)
    geos[which] = commune
    in_several = len(which) - len(np.unique(which))
    print(f"GEOS {shapely.geos_version_string}: {made - start:.2f} s to make the points, {done - made:.2f} s to locate them")
    print(f"{len(rows)} points, {np.count_nonzero(geos >= 0)} in a commune, {in_several} in several")
    differ = np.flatnonzero(geos != rows["unit"])
    print(f"{len(differ)} disagreements")
    for k in differ[:10]:
        print(f"  {rows['lon'][k]!r} {rows['lat'][k]!r}: GEOS {geos[k]}, here {rows['unit'][k]}")
    return 1 if len(differ) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
