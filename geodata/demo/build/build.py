#!/usr/bin/env python3
"""Makes the synthetic demonstration data: incidents.csv, alerts.csv, risk.csv, coverage.csv and manifest.toml.

    python3 geodata/demo/build/build.py [--out DIR]

Python 3.11, standard library only. Everything random comes from named, seeded streams: two runs give the same bytes.
"""
import argparse
import csv
import hashlib
from pathlib import Path

import alerts
import coverage
import incidents
import risk
import tables
from places import REGIONS, lineage

COVERAGE_COLUMNS = "period,region,cercle,commune,pcode,stream,covered,report_received,source".split(",")

ABOUT_FR = """\
Données synthétiques, faites pour la démonstration : aucune ligne ne décrit un fait réel, sauf les six mouvements de population de juin \
2021 (lieux d'origine, ménages, causes, tels qu'imprimés). Publiés et reproduits à l'unité : les totaux mensuels de violations par \
catégorie et par région (janvier-septembre 2020, janvier-juin 2021), les flèches de tendance de septembre 2020 et de juin 2021, les \
cercles de Douentza, Mopti, Ansongo et Niono en juin 2021, les types, les victimes (statut, âge, sexe), les lieux (comptes) et quatre \
classes d'auteurs de septembre 2020, les victimes de mai 2021 et celles de Mopti en juin 2021, les totaux d'alertes du premier semestre \
2020, les attaques de village d'août et septembre 2020, mai et juin 2021. Repris d'un texte, sans chiffre publié par commune : les \
niveaux de l'indice de risque de septembre 2020 et de juin 2021, le nombre de communes (180) en 2021. Inventés : tout le reste, dont les \
dates, les communes, les croisements, les coordonnées, les scores et la couverture."""

ABOUT_EN = """\
Synthetic data made for the demonstration: no row describes a real event, except the six population movements of June 2021 (places of \
origin, households, causes, as printed). Published and reproduced to the unit: monthly violations by category and by region \
(January-September 2020, January-June 2021), the trend arrows of September 2020 and June 2021, the cercles of Douentza, Mopti, Ansongo and \
Niono in June 2021, the types, the victims (status, age, sex), the places (counts) and four classes of perpetrator of September 2020, the \
victims of May 2021 and those of Mopti in June 2021, the alert totals of the first half of 2020, the village attacks of August and \
September 2020, May and June 2021. After a text, with no published figure by commune: the risk index levels of September 2020 and June \
2021, the number of communes (180) in 2021. Invented: all the rest, among it dates, communes, cross-tabulations, coordinates, scores and \
coverage."""


def write_csv(path, columns, lines):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(lines)
    return len(lines)


def zero_regions():
    """month → regions printed as 0: covered and heard from, so that the 0 is a zero and not an absence."""
    by_region, _ = tables.margins()
    return {month: {r for r in REGIONS if row[r] == 0} for month, row in by_region.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent)
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    incident_lines, incident_rows = incidents.build()
    with_incident = {(r["month"], r["commune"]) for r in incident_rows if r["commune"]}
    files = [
        ("incidents", incidents.COLUMNS, incident_lines),
        ("alerts", alerts.COLUMNS, alerts.build()),
        ("risk", risk.COLUMNS, risk.build()),
        ("coverage", COVERAGE_COLUMNS, list(coverage.rows(with_incident, zero_regions(), lineage))),
    ]
    manifest = [
        "# Written by build/build.py. Do not edit.",
        'title = "Vigie : données de démonstration, Mali 2020-2021 (synthétiques)"',
        'title_en = "Vigie: demonstration data, Mali 2020-2021 (synthetic)"',
        "synthetic = true",
        'set = "mli-2021"',
        'periods = ["2020-01/2020-09", "2021-01/2021-06"]',
        f'about_fr = """\n{ABOUT_FR}"""',
        f'about_en = """\n{ABOUT_EN}"""',
    ]
    for theme, columns, lines in files:
        path = out / f"{theme}.csv"
        rows = write_csv(path, columns, lines)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        manifest += ["", "[[file]]", f'path = "{theme}.csv"', f'theme = "{theme}"', f"rows = {rows}", f'sha256 = "{digest}"']
        print(f"{theme}.csv: {rows} rows, {path.stat().st_size} bytes")
    (out / "manifest.toml").write_text("\n".join(manifest) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
