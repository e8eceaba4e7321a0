"""Files whose bytes depend on their content alone: GeoJSON with one feature a line, CSV, TOML, sha256."""

import csv
import hashlib
import io
import json

import shapely

DECIMALS = 4  # about 11 m; every vertex lies on this grid


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_csv(path, columns, rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.getvalue(), encoding="utf-8")


def rounded(coordinates, decimals):
    if isinstance(coordinates[0], (int, float)):
        return [round(c, decimals) for c in coordinates]
    return [rounded(c, decimals) for c in coordinates]


def write_geojson(path, features, decimals=DECIMALS):
    """RFC 7946: lon/lat, no crs member, outer rings counter-clockwise. `features`: (properties, geometry)."""
    lines = []
    for properties, geometry in features:
        # normalize() fixes the order of parts and the start of rings, so that two runs agree
        geometry = shapely.orient_polygons(shapely.normalize(geometry))
        geojson = json.loads(shapely.to_geojson(geometry))
        if geojson["type"] in ("Polygon", "LineString"):
            geojson = {"type": "Multi" + geojson["type"], "coordinates": [geojson["coordinates"]]}
        geojson["coordinates"] = rounded(geojson["coordinates"], decimals)
        feature = {"type": "Feature", "properties": properties, "geometry": geojson}
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n", encoding="utf-8")


def toml_value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, list):
        return "[\n" + "".join(f"    {toml_value(v)},\n" for v in value) + "]"
    return json.dumps(value, ensure_ascii=False)  # a JSON string is a TOML basic string


def toml_table(mapping, header=""):
    lines = [f"{header}\n"] if header else []
    lines += [f"{key} = {toml_value(value)}\n" for key, value in mapping.items()]
    return "".join(lines)


def write_toml(path, top, tables=()):
    """`tables`: (header, mapping), such as ("[files]", {...})."""
    parts = [toml_table(top)] + [toml_table(mapping, header) for header, mapping in tables]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts), encoding="utf-8")


def write_source(folder, meta, names):
    """SOURCE.toml with the sha256 of the files beside it."""
    files = {json.dumps(name): sha256(folder / name) for name in names}
    write_toml(folder / "SOURCE.toml", meta, [("[files]", files)])
