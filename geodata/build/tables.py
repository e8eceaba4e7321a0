"""The shipped tables: zones, grouping, aliases, populations, towns."""

from output import read_csv, write_csv, write_toml
from partition import key

ZONE_TITLES = {
    "ALG": ("Liptako-Gourma (Autorité du Liptako-Gourma)", "Liptako-Gourma (Liptako-Gourma Authority)"),
    "BRIEF_2019": ("Liptako-Gourma (note d’information du 22 mars 2019)", "Liptako-Gourma (briefing note of 22 March 2019)"),
    "MOPTI_GAO_MENAKA": ("Régions de Mopti, Gao et Ménaka", "Regions of Mopti, Gao and Ménaka"),
    "MOPTI_GAO_SEGOU": ("Régions les plus touchées, 2019-2020 : Mopti, Gao, Ségou", "Most affected regions, 2019-2020: Mopti, Gao, Ségou"),
    "STRATEGIE_2020": ("Principales zones touchées (stratégie de protection 2020)", "Most affected areas (protection strategy 2020)"),
    "STUDY_ADM2": ("Liptako-Gourma (étude humanitaire, niveau 2)", "Liptako-Gourma (humanitarian study, level 2)"),
}
# Names of the sources that the COD lists spell otherwise
COD_NAMES = {"baroueli": "Baraouéli", "nampala": "Nampalari"}
LEVELS = {"région": 1, "cercle": 2, "commune": 3}
POPULATION_SOURCE = "Cadre Harmonisé, tableaux de juin 2021"


def zones(facts, out):
    rows = read_csv(facts / "liptako_gourma_zones.csv")
    columns = ["zone_id", "version", "kind", "set", "level", "pcode", "name", "note", "source"]
    write_csv(out / "zones/liptako-gourma.csv", columns, rows)
    tables = []
    for zone in sorted({r["zone_id"] for r in rows}):
        first = next(r for r in rows if r["zone_id"] == zone)
        fr, en = ZONE_TITLES[zone]
        tables.append(("[[zone]]", {
            "id": zone, "version": int(first["version"]), "title_fr": fr, "title_en": en,
            "kind": first["kind"], "source": first["source"],
        }))
    # Only `definition` zones say what Liptako-Gourma is; the others must keep their own titles.
    write_toml(out / "zones/zones.toml", {"file": "liptako-gourma.csv"}, tables)


def grouping(facts, units, out):
    regions = {r["region"]: r["ct_code"] for r in read_csv(facts / "mali_regions_2023.csv")}
    regions["Bamako"] = regions.pop("District de Bamako")
    members = {}
    for row in read_csv(facts / "mali_cercles_cod2021.csv"):
        for pcode in row["adm2_pcode"].split("|"):
            members[("mli-2021", pcode)] = row["region_2023_approx"]
    for (boundary_set, level, pcode) in units:
        if boundary_set == "mli-2019" and level == 2:
            members[(boundary_set, pcode)] = "Ménaka" if pcode == "ML0704" else members[("mli-2021", pcode)]
    rows = [
        {"grouping_id": "regions-2023", "code": regions[name], "name": name, "set": boundary_set, "pcode": pcode}
        for (boundary_set, pcode), name in members.items()
    ]
    rows.sort(key=lambda r: (r["set"], r["code"], r["pcode"]))
    write_csv(out / "groupings/regions-2023.csv", ["grouping_id", "code", "name", "set", "pcode"], rows)
    write_toml(out / "groupings/regions-2023.toml", {
        "id": "regions-2023",
        "title_fr": "19 régions de 2023 et Bamako (regroupement approximatif de cercles)",
        "title_en": "19 regions of 2023 and Bamako (approximate grouping of cercles)",
        "approximate": True,
        "valid_from": "2023-03-13",
        "file": "regions-2023.csv",
        "note": "Chaque cercle va à la région de 2023 à laquelle il appartient surtout ; les limites de 2023 ne suivent pas partout celles des anciens cercles. "
                "Taoudénit n’a aucun cercle dans ces listes (son territoire est dans la région de Tombouctou) et reste vide. "
                "Nara est rattaché par déduction. Numéros des collectivités territoriales (loi 2023-007).",
        "source": "Cercles d’après la table de la MSNA 2025 ; régions d’après les lois 2023-006 et 2023-007 du 13 mars 2023",
    }, [("[[group]]", {"code": code, "name": name}) for name, code in sorted(regions.items(), key=lambda r: r[1])])


def aliases(facts, units, out):
    """One row an alias and a level. A canonical name is spelt as in the COD lists; what is not in them has no level."""
    names = {}
    for (boundary_set, level, _), unit in units.items():
        if boundary_set.startswith("mli-"):
            names.setdefault((level, key(unit["name"])), unit["name"])
    rows = []
    for row in read_csv(facts / "place_aliases.csv"):
        kinds, _, rest = row["level"].partition("(")
        parent = rest.rstrip(")").removeprefix("commune ").split(",")[0]
        # « commune → cercle 2023 »: the unit is what it was in the COD lists
        kinds = kinds.split("→")[0].strip().split("/")
        printed = COD_NAMES.get(key(row["canonical"]), row["canonical"])
        found = [(LEVELS[k], names.get((LEVELS[k], key(printed)))) for k in kinds if k in LEVELS]
        found = [(level, name) for level, name in found if name] or [("", row["canonical"])]
        for alias in [row["canonical"], *row["aliases_seen"].split("|")]:
            for level, name in found:
                if alias == name or alias.startswith("«"):
                    continue  # « … » is a source's mistake about a parent, not a name
                if alias.endswith("_CER") and level not in ("", 2):
                    continue  # that form names the cercle
                new = {"alias": alias, "canonical": name, "level": level, "parent": parent, "source": row["where"]}
                if new not in rows:
                    rows.append(new)
    write_csv(out / "aliases.csv", ["alias", "canonical", "level", "parent", "source"], rows)


def population(facts, units, out):
    rows = []
    for row in read_csv(facts / "population_2021.csv"):
        # names as in the boundary sets: the population tables drop accents
        name = units[(row["set"], int(row["level"]), row["pcode"])]["name"]
        rows.append({**row, "year": 2021, "name": name, "source": POPULATION_SOURCE})
    write_csv(out / "population/population_2021.csv", ["year", "set", "level", "pcode", "name", "population", "source"], rows)


def towns(facts, out):
    write_csv(out / "context/towns.csv", ["name_fr", "lon", "lat", "rank"], read_csv(facts / "towns.csv"))
