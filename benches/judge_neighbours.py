"""GEOS (through shapely 2) judges the queen neighbours that `cargo bench --bench stats -- --dump FILE` wrote.

    python3 benches/judge_neighbours.py FILE ../shared/data/mli_cod_2019/mli_adm3.geojson

Prints how many pairs GEOS finds touching (distance 0), and the pairs on which it differs. Needs shapely >= 2.
"""

import json
import sys
import time

import numpy as np
import shapely


def main(dump: str, boundaries: str) -> int:
    with open(boundaries, encoding="utf-8") as file:
        features = json.load(file)["features"]
    codes = [f["properties"]["admin3Pcode"] for f in features]
    communes = np.array([shapely.geometry.shape(f["geometry"]) for f in features])
    start = time.perf_counter()
    tree = shapely.STRtree(communes)
    a, b = tree.query(communes, predicate="intersects")
    geos = {(codes[i], codes[j]) for i, j in zip(a, b) if i != j}
    print(f"GEOS {shapely.geos_version_string}: {len(geos)} pairs in {time.perf_counter() - start:.2f} s")
    with open(dump, encoding="utf-8") as file:
        ours = {tuple(line.split()) for line in file}
    print(f"{len(ours)} pairs here; {len(ours - geos)} only here, {len(geos - ours)} only there")
    for pair in sorted(ours ^ geos)[:10]:
        print("  ", *pair, "here" if pair in ours else "there")
    return 1 if ours != geos else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
