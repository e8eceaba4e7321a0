#!/usr/bin/env python3
"""Checks the demonstration data against the published facts. Reads the CSV files and facts/ only: shares no code with the build.

    python3 geodata/demo/build/check.py [DIR]

Prints one line a check; exit status 1 if any fails.
"""
import csv
import hashlib
import re
import sys
import tomllib
import unicodedata
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent
MONTHS = [f"2020-{m:02d}" for m in range(1, 10)] + [f"2021-{m:02d}" for m in range(1, 7)]
SIX = ["Gao", "Kidal", "Ménaka", "Mopti", "Ségou", "Tombouctou"]
failures = 0


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def facts(name):
    return read(HERE / "facts" / f"{name}.csv")


def check(what, problems, note=""):
    """`problems`: a list of things that are wrong."""
    global failures
    failures += bool(problems)
    print(("FAIL" if problems else "ok  "), what, note, *(f"\n       {p}" for p in problems[:8]))


def equal(what, got, wanted):
    check(what, [] if got == wanted else [f"got {got}, wanted {wanted}"], f"= {got}")


def percent(what, part, whole, printed):
    """A share that rounds to the printed whole per cent."""
    value = 100 * part / whole
    check(what, [] if abs(value - printed) <= 0.5 else [f"{part}/{whole} = {value:.2f} %, printed {printed} %"],
          f"{part}/{whole} = {value:.1f} %")


# --- names -----------------------------------------------------------------------------------------------------------

def key(name):
    return "".join(c for c in unicodedata.normalize("NFD", name.casefold()) if c.isalnum())


UNITS = {u["pcode"]: u for u in facts("admin_units_mli-2021")}
ALIAS = {}
for line in facts("place_aliases"):
    for word, level in (("région", "1"), ("cercle", "2"), ("commune", "3")):
        if word in line["level"]:
            for alias in line["aliases_seen"].split("|"):
                ALIAS[level, key(alias)] = key(line["canonical"])


def find(level, name, parent):
    """p-codes of the units of a level under a parent that answer to a name."""
    wanted = {key(name), ALIAS.get((level, key(name)))}
    return [u["pcode"] for u in UNITS.values()
            if u["level"] == level and key(u["name"]) in wanted and (parent is None or u["parent_pcode"] == parent)]


def locate(row, prefix=""):
    """(region, cercle, commune p-codes or '', problem)."""
    found, parent = [], None
    for level, column in (("1", "region"), ("2", "cercle"), ("3", "commune")):
        name = row[prefix + column]
        if not name:
            found.append("")
            continue
        codes = find(level, name, parent)
        if len(codes) != 1:
            return found + [""] * (3 - len(found)), f"{column} {name!r}: {len(codes)} units"
        found.append(codes[0])
        parent = codes[0]
    code = row.get("pcode") if not prefix else ""
    if code and code != found[2]:
        return found, f"p-code {code} is not {found[2]}"
    return found, ""


# --- incidents -------------------------------------------------------------------------------------------------------

incidents = read(DATA / "incidents.csv")
header = open(DATA / "incidents.csv", encoding="utf-8").readline().strip()
equal("incidents: header", header, "incident_id,date,time_slot,region,cercle,commune,locality,pcode,lon,lat,geo_precision,"
      "category,violation_type,victims,women,men,girls,boys,victim_status,socio_economic_status,perpetrator_class,place,basis,"
      "source,sensitivity")

problems = []
for row in incidents:
    row["n"] = int(row["victims"])
    row["month"] = row["date"][:7]
    date.fromisoformat(row["date"])
    (row["r"], row["c"], row["k"]), problem = locate(row)
    if problem or not row["r"]:
        problems.append(f"{row['incident_id']}: {problem}")
check("incidents: every place name has one reading, and agrees with its p-code", problems, f"{len(incidents)} rows")

check("incidents: victims are women + men + girls + boys and at least 1",
      [r["incident_id"] for r in incidents if r["n"] < 1 or r["n"] != sum(int(r[k]) for k in ("women", "men", "girls", "boys"))])
pairs = Counter((r["incident_id"], r["violation_type"]) for r in incidents)
check("incidents: one row for an incident × type", [p for p, n in pairs.items() if n > 1])
shared = defaultdict(set)
for r in incidents:
    shared[r["incident_id"]].add(tuple(r[k] for k in ("date", "time_slot", "region", "cercle", "commune", "pcode", "lon", "lat", "place",
                                                      "perpetrator_class")))
check("incidents: rows of one incident agree on date, place and class", [i for i, s in shared.items() if len(s) > 1],
      f"{len(shared)} incidents, {len(incidents)} rows, {sum(r['n'] for r in incidents)} violations")

types = {t["violation_type_fr"]: t for t in facts("taxonomy_2021")}
check("incidents: types and categories of the taxonomy", [r["incident_id"] for r in incidents
      if r["violation_type"] not in types or types[r["violation_type"]]["code"][0] != r["category"]])
check("incidents: each of the 34 types occurs", sorted(set(types) - {r["violation_type"] for r in incidents}))
check("incidents: sensitive types are confidential, the others restricted", [r["incident_id"] for r in incidents
      if r["sensitivity"] != ("confidential" if types[r["violation_type"]]["gbv_flag_researcher"] == "1" else "restricted")])
check("incidents: men and boys in no sensitive row", [r["incident_id"] for r in incidents
      if r["sensitivity"] == "confidential" and (r["men"] != "0" or r["boys"] != "0")])
ALLOWED = {
    "time_slot": {"tot_matin", "journee", "soiree", "nuit"},
    "victim_status": {"Résident", "PDI", "PDI retournée", "Rapatrié", "Refoulé", "Apatride", "Autre"},
    "perpetrator_class": {"Personne armée non identifiée", "Civil", "Groupes radicaux", "Milices d'auto-défense",
                          "Forces de défense et de sécurité", "Groupes signataires et d'opposition", "Non spécifié",
                          "Sans objet (catastrophe naturelle)"},
    "basis": {"documented"}, "source": {"monitoring"}, "locality": {""}, "geo_precision": {"", "2"},
}
for column, allowed in ALLOWED.items():
    check(f"incidents: {column} from its list", sorted({r[column] for r in incidents} - allowed))
check("incidents: no coordinates in a sensitive row", [r["incident_id"] for r in incidents if r["sensitivity"] == "confidential" and r["lon"]])
check("incidents: coordinates in pairs, with precision 2, within 0.01° of the commune's point", [
    r["incident_id"] for r in incidents
    if (r["lon"] or r["lat"] or r["geo_precision"]) and not (
        r["geo_precision"] == "2" and r["k"] and abs(float(r["lon"]) - float(UNITS[r["k"]]["lon"])) < 0.01
        and abs(float(r["lat"]) - float(UNITS[r["k"]]["lat"])) < 0.01)])


def total(**where):
    return sum(r["n"] for r in incidents if all(r[k] in v if isinstance(v, (set, list)) else r[k] == v for k, v in where.items()))


REGION = {u["name"]: u["pcode"] for u in UNITS.values() if u["level"] == "1"}
CERCLE = {(UNITS[u["parent_pcode"]]["name"], u["name"]): u["pcode"] for u in UNITS.values() if u["level"] == "2"}

check("incidents: months are the fifteen published ones", sorted({r["month"] for r in incidents} ^ set(MONTHS)))
for title, stem, column, names in (("category", "violations_category_month", "category_code", "ABCDEF"),
                                   ("region", "violations_region_month", "region", SIX)):
    problems, cells = [], 0
    for year in ("2020", "2021"):
        for line in facts(f"{stem}_{year}"):
            for month in MONTHS:
                if not line.get(month):
                    continue
                if line[column] == "TOTAL":
                    got = total(month=month)
                elif line[column] in names:
                    got = total(month=month, category=line[column]) if title == "category" else total(month=month, r=REGION[line[column]])
                else:
                    continue
                cells += 1
                if got != int(line[month]):
                    problems.append(f"{month} {line[column]}: {got}, printed {line[month]}")
    check(f"published table by {title} and month", problems, f"{cells} cells")

for region, name, printed in (("Mopti", "Douentza", 644), ("Mopti", "Mopti", 200), ("Gao", "Ansongo", 29), ("Ségou", "Niono", 10)):
    equal(f"2021-06 cercle {name}", total(month="2021-06", c=CERCLE[region, name]), printed)

problems, previous = [], {"2020-09": "2020-08", "2021-06": "2021-05"}
for line in facts("trend_arrows"):
    group = [REGION[r] for r in line["region_group"].split("|")]
    after = total(month=line["report_month"], r=group, category=line["category_code"])
    before = total(month=previous[line["report_month"]], r=group, category=line["category_code"])
    change, band = 100 * (after - before), 5 * before
    arrow = "↗" if change > band else "↘" if -change > band else "="
    if line["arrow"] != "(absent)" and line["arrow"] != arrow:
        problems.append(f"{line['report_month']} {line['region_group']} {line['category_code']}: {before} → {after} is {arrow}, printed {line['arrow']}")
check("trend arrows (± 5 %)", problems, f"{len(facts('trend_arrows')) - 1} arrows")

# September 2020
SUBTYPES = {"Coups, blessures et mutilations": ["Coup, blessure, mutilation"], "Menaces": ["Menace"],
            "Violence psychologique": ["Violence psychologique/émotionnelle"], "Agressions sexuelles": ["Agression sexuelle"],
            "Grossesses forcées": ["Grossesse forcée"], "Viols": ["Viol"],
            "Blessures ou mutilation par engin explosif": ["Blessure ou mutilation par engin explosif"],
            "Tortures ou traitements cruels et inhumains": ["Torture et traitement cruel et inhumain"],
            "Incendie Volontaire": ["Incendie volontaire"], "Assassinat, meurtre": ["Assassinat", "Meurtre"]}
problems = []
for line in facts("violations_subtype_2020-09"):
    names = SUBTYPES.get(line["violation_type_fr"], [line["violation_type_fr"]])
    got = total(month="2020-09", violation_type=names)
    if got != int(line["violations"]):
        problems.append(f"{names}: {got}, printed {line['violations']}")
check("2020-09 types", problems, f"{len(facts('violations_subtype_2020-09'))} counts")

AGE_SEX = {"Adulte Feminin": "women", "Adulte Masculin": "men", "Enfant Feminin": "girls", "Enfant Masculin": "boys"}
problems = []
for line in facts("victims_status_agesex_2020-09"):
    for column in ("Résident", "PDI", "Apatride", "Autres", "PDI Retournée", "Rapatrié", "Refoulé"):
        status = {"Autres": "Autre", "PDI Retournée": "PDI retournée"}.get(column, column)
        field = AGE_SEX.get(line["age_sex"], "n")
        got = sum(int(r[field]) for r in incidents if r["month"] == "2020-09" and r["victim_status"] == status)
        if got != int(line[column]):
            problems.append(f"{line['age_sex']} {column}: {got}, printed {line[column]}")
check("2020-09 victims, status × age and sex", problems, "35 cells")
for line in facts("perpetrators_2020-09"):
    if line["label_certainty"] == "texte":
        name = line["auteur_presume_fr"].replace("’", "'")
        equal(f"2020-09 {name}", total(month="2020-09", perpetrator_class=name), int(line["violations"]))
got = sorted(Counter({p: total(month="2020-09", place=p) for p in {r["place"] for r in incidents if r["month"] == "2020-09"}}).values(), reverse=True)
equal("2020-09 places, the eleven counts", got, [int(line["violations"]) for line in facts("places_2020-09")])
PANI, RADICAL = "Personne armée non identifiée", "Groupes radicaux"
HOME, ROAD = "domicile de la victime", "axe routier"
SEPT, JUNE = {"month": "2020-09"}, {"month": "2021-06"}
for name, share, category, whole in (("Mopti", 46, "B", 28), ("Ségou", 29, "B", 28), ("Tombouctou", 34, "E", 165), ("Gao", 33, "E", 165)):
    percent(f"2020-09 {category} in {name}, {share} %", total(**SEPT, category=category, r=REGION[name]), whole, share)
for name, share in (("Tombouctou", 31), ("Mopti", 29), ("Ségou", 29)):
    percent(f"2020-09 abductions in {name}, {share} %",
            total(**SEPT, r=REGION[name], violation_type="Enlèvement, prise d'otage, disparition forcée"), 42, share)
percent("2020-09 Gao, unidentified, 90 %", total(**SEPT, r=REGION["Gao"], perpetrator_class=PANI), 84, 90)
percent("2020-09 Ségou, civilians, 55 %", total(**SEPT, r=REGION["Ségou"], perpetrator_class="Civil"), 110, 55)
percent("2020-09 Ségou, unidentified, 19 %", total(**SEPT, r=REGION["Ségou"], perpetrator_class=PANI), 110, 19)
percent("2020-09 Tombouctou, roads, 40 %", total(**SEPT, r=REGION["Tombouctou"], place=ROAD), 92, 40)

# May and June 2021
for field, printed in (("men", 455), ("women", 76), ("girls", 19), ("boys", 10)):
    equal(f"2021-05 {field}", sum(int(r[field]) for r in incidents if r["month"] == "2021-05"), printed)
for field, printed in (("girls", 150), ("boys", 80)):
    equal(f"2021-06 Mopti {field}", sum(int(r[field]) for r in incidents if r["month"] == "2021-06" and r["r"] == REGION["Mopti"]), printed)
percent("2021-06 Mopti men, 40 %", sum(int(r["men"]) for r in incidents if r["month"] == "2021-06" and r["r"] == REGION["Mopti"]), 947, 40)
equal("2021-06 B by explosive device", total(**JUNE, violation_type="Mort par engin explosif"), 4)
percent("2021-06 B men, 95 %", sum(int(r["men"]) for r in incidents if r["month"] == "2021-06" and r["category"] == "B"), 64, 95)
for category, who, share, whole in (("B", PANI, 58, 64), ("B", RADICAL, 30, 64), ("D", PANI, 49, 97), ("D", RADICAL, 36, 97)):
    percent(f"2021-06 {category} {who}, {share} %", total(**JUNE, category=category, perpetrator_class=who), whole, share)
percent("2021-06 B in Mopti, 45 %", total(**JUNE, category="B", r=REGION["Mopti"]), 64, 45)
percent("2021-06 B in Gao, 41 %", total(**JUNE, category="B", r=REGION["Gao"]), 64, 41)
percent("2021-06 Gao unidentified, 91 %", total(**JUNE, r=REGION["Gao"], perpetrator_class=PANI), 133, 91)
percent("2021-06 E at home, 68 %", total(**JUNE, category="E", place=HOME), 507, 68)
percent("2021-06 E on roads, 19 %", total(**JUNE, category="E", place=ROAD), 507, 19)
percent("2021-06 all at home, 68 %", total(**JUNE, place=HOME), 1237, 68)
abduction = "Enlèvement, prise d'otage, disparition forcée"
may = total(month="2021-05", r=REGION["Mopti"], violation_type=abduction)
percent("2021-06 abductions in Mopti, + 58 %", total(**JUNE, r=REGION["Mopti"], violation_type=abduction) - may, may, 58)
equal("2021-01..06 abductions", total(month={m for m in MONTHS if m > "2021"}, violation_type=abduction), 383)
alg = [REGION[r] for r in ("Mopti", "Tombouctou", "Gao", "Kidal", "Ménaka")]
equal("2021-06 in the ALG's Malian regions", total(**JUNE, r=alg), 1194)

shares = Counter("commune" if r["k"] else "cercle" if r["c"] else "region" for r in incidents)
check("incidents: known only to the cercle 4–8 %, to the region 1–4 % of rows", [] if
      0.04 <= shares["cercle"] / len(incidents) <= 0.08 and 0.01 <= shares["region"] / len(incidents) <= 0.04 else [shares],
      f"{shares['cercle']} and {shares['region']} of {len(incidents)}; with p-code {sum(bool(r['pcode']) for r in incidents)}, "
      f"with coordinates {sum(bool(r['lon']) for r in incidents)}")
GROUPS = re.compile(r"katiba|jnim|gsim|eigs|isgs|etat islamique|état islamique|macina liberation|dan na|ambassagou|dozo|cma\b|gatia|msa\b|mnla|hcua|"
                    r"plateforme|barkhane|fama\b|minusma|wagner|ansar|aqmi|peul|dogon|touareg|bambara\b(?! maoud)", re.I)
TEXT_COLUMNS = ("violation_type", "perpetrator_class", "place", "victim_status", "socio_economic_status")
check("incidents: no name of a group", sorted({r[c] for r in incidents for c in TEXT_COLUMNS if GROUPS.search(r[c])}))

# --- alerts ----------------------------------------------------------------------------------------------------------

alerts = read(DATA / "alerts.csv")
for a in alerts:
    a["month"], a["set"] = a["date"][:7], a["kinds"].split("|")
    date.fromisoformat(a["date"])
check("alerts: ids are unique", [i for i, n in Counter(a["alert_id"] for a in alerts).items() if n > 1], f"{len(alerts)} rows")
check("alerts: kinds from their list, once each", [a["alert_id"] for a in alerts if not a["set"] or len(set(a["set"])) < len(a["set"])
      or set(a["set"]) - {"village_attack", "attack_threat", "population_movement"}])
check("alerts: households exactly where there is a movement", [a["alert_id"] for a in alerts
      if bool(a["households"]) != ("population_movement" in a["set"]) or (a["households"] and int(a["households"]) < 1)])


def alert_count(kind, months):
    return sum(kind in a["set"] for a in alerts if a["month"] in months)


half = {f"2020-{m:02d}" for m in range(1, 7)}
equal("alerts 2020-H1", sum(a["month"] in half for a in alerts), 205)
for kind, printed in (("village_attack", 128), ("attack_threat", 35), ("population_movement", 89)):
    equal(f"alerts 2020-H1 {kind}", alert_count(kind, half), printed)
for month, printed in (("2020-08", 9), ("2020-09", 9), ("2021-05", 3), ("2021-06", 10)):
    equal(f"village attacks {month}", alert_count("village_attack", {month}), printed)
equal("2021-06 movements", alert_count("population_movement", {"2021-06"}), 6)
june = [a for a in alerts if a["month"] == "2021-06"]
moves = [a for a in june if a["households"]]
equal("2021-06 flash reports with a movement", len({a["alert_id"].rstrip("ab") for a in moves}), 5)
equal("2021-06 households", [int(a["households"]) for a in moves], [int(f["households"]) for f in facts("flash_movements_2021-06")])
equal("2021-06 places of origin", [a["locality"] for a in moves], [f["origin_place"] for f in facts("flash_movements_2021-06")])
check("alerts: a locality only where one is published", [a["alert_id"] for a in alerts if a["locality"] and a not in moves])
problems, unplaced = [], []
for a in alerts:
    (a["r"], a["c"], a["k"]), problem = locate(a)
    _, going = locate(a, "destination_")
    if problem and a["commune"] in ("Lerneb", "Inhinta"):
        unplaced.append(a["commune"])
    elif problem or going or not a["r"]:
        problems.append(f"{a['alert_id']}: {problem or going}")
check("alerts: every place name has one reading, but Inhinta and Lerneb", problems)
equal("alerts: communes that do not exist", sorted(unplaced), ["Inhinta", "Lerneb"])
where = Counter(UNITS[a["c"]]["name"] for a in june if "village_attack" in a["set"] and a["r"] == REGION["Mopti"])
equal("2021-06 attacks in Mopti", (sum(where.values()), sorted(where)), (8, ["Bandiagara", "Djenné", "Douentza", "Mopti"]))
equal("2021-06 attacks elsewhere", sorted(UNITS[a["c"]]["name"] for a in june if "village_attack" in a["set"] and a["r"] != REGION["Mopti"]),
      ["Gao", "Ménaka"])
equal("2020-09 attacks, cercles", sorted({UNITS[a["c"]]["name"] for a in alerts if a["month"] == "2020-09" and "village_attack" in a["set"]}),
      ["Bandiagara", "Bankass", "Douentza", "Koro"])
check("alerts: no name of a group", sorted({a["cause"] for a in alerts if GROUPS.search(a["cause"])}))

# --- risk ------------------------------------------------------------------------------------------------------------

risk = read(DATA / "risk.csv")
problems, score = [], {}
for row in risk:
    found, problem = locate(row)
    if problem or not found[2] or not re.fullmatch(r"\d+", row["score"]):
        problems.append(f"{row}: {problem}")
    elif (row["period"], found[2]) in score:
        problems.append(f"twice: {row}")
    score[row["period"], found[2]] = int(row["score"])
check("risk: one whole score for a commune-month, every place name has one reading", problems, f"{len(risk)} rows")
count = Counter(period for period, _ in score)
check("risk: 180 communes a month in 2021, fewer and growing in 2020",
      [f"{m}: {count[m]}" for m in MONTHS if (m > "2021") != (count[m] == 180) or (m < "2021" and count[m] > 140)]
      + [f"{a} > {b}" for a, b in zip(MONTHS, MONTHS[1:]) if count[a] > count[b] + 3], " ".join(str(count[m]) for m in MONTHS))


def level(points):
    return 1 if points <= 5 else 2 if points <= 14 else 3 if points <= 19 else 4


def levels(month, region, name=None, commune=None):
    chosen = Counter()
    for (m, p), s in score.items():
        c = UNITS[UNITS[p]["parent_pcode"]]
        if m == month and UNITS[c["parent_pcode"]]["name"] == region and name in (None, c["name"]) and commune in (None, UNITS[p]["name"]):
            chosen[level(s)] += 1
    return chosen


def only(found, allowed, all_of_them=True):
    return set(found) == set(allowed) if all_of_them else set(found) <= set(allowed) and bool(found)


def mostly(found, wanted):
    return sum(found[w] for w in wanted) * 2 > sum(found.values())


S, J = "2020-09", "2021-06"
NARRATIVE = [
    ("2020-09 Niono sérieuse", levels(S, "Ségou", "Niono"), lambda x: only(x, [3])),
    ("2020-09 Macina mostly modérée", levels(S, "Ségou", "Macina"), lambda x: mostly(x, [2])),
    ("2020-09 San mostly modérée", levels(S, "Ségou", "San"), lambda x: mostly(x, [2])),
    ("2020-09 Ségou mostly modérée", levels(S, "Ségou", "Ségou"), lambda x: mostly(x, [2])),
    ("2020-09 Bandiagara modérée to critique", levels(S, "Mopti", "Bandiagara"), lambda x: only(x, [2, 3, 4])),
    ("2020-09 Koro modérée and sérieuse", levels(S, "Mopti", "Koro"), lambda x: only(x, [2, 3])),
    ("2020-09 Bankass modérée and sérieuse", levels(S, "Mopti", "Bankass"), lambda x: only(x, [2, 3])),
    ("2020-09 Djenné modérée and sérieuse", levels(S, "Mopti", "Djenné"), lambda x: only(x, [2, 3])),
    ("2020-09 Ténenkou modérée and sérieuse", levels(S, "Mopti", "Ténenkou"), lambda x: only(x, [2, 3])),
    ("2020-09 Douentza, all sérieuse or critique", levels(S, "Mopti", "Douentza"), lambda x: only(x, [3, 4])),
    ("2020-09 Diré stable to sérieuse", levels(S, "Tombouctou", "Diré"), lambda x: only(x, [1, 2, 3])),
    ("2020-09 Goundam mostly sérieuse and critique", levels(S, "Tombouctou", "Goundam"), lambda x: mostly(x, [3, 4]) and x[3] and x[4]),
    ("2020-09 Gourma-Rharous mostly sérieuse and critique", levels(S, "Tombouctou", "Gourma-Rharous"), lambda x: mostly(x, [3, 4]) and x[3] and x[4]),
    ("2020-09 Gao, two communes, both sérieuse", levels(S, "Gao"), lambda x: dict(x) == {3: 2}),
    ("2020-09 Ménaka, three critique and one sérieuse", levels(S, "Ménaka"), lambda x: dict(x) == {3: 1, 4: 3}),
    ("2020-09 Kidal modérée", levels(S, "Kidal"), lambda x: only(x, [2])),
    ("2021-06 Ségou mostly modérée", levels(J, "Ségou"), lambda x: mostly(x, [2])),
    ("2021-06 Niono largely stabilised", levels(J, "Ségou", "Niono"), lambda x: only(x, [1, 2], False)),
    ("2021-06 N'Koumandougou sérieuse", levels(J, "Ségou", "Ségou", "N'koumandougou"), lambda x: only(x, [3])),
    ("2021-06 Souba sérieuse", levels(J, "Ségou", "Ségou", "Souba"), lambda x: only(x, [3])),
    ("2021-06 Farako sérieuse", levels(J, "Ségou", "Ségou", "Farako"), lambda x: only(x, [3])),
    ("2021-06 Mopti, all four levels", levels(J, "Mopti"), lambda x: only(x, [1, 2, 3, 4])),
    ("2021-06 plateau (four cercles) mostly sérieuse", sum((levels(J, "Mopti", c) for c in ("Koro", "Bankass", "Bandiagara", "Douentza")), Counter()),
     lambda x: mostly(x, [3])),
    ("2021-06 Goundam mostly sérieuse", levels(J, "Tombouctou", "Goundam"), lambda x: mostly(x, [3])),
    ("2021-06 Gourma-Rharous sérieuse", levels(J, "Tombouctou", "Gourma-Rharous"), lambda x: only(x, [3])),
    ("2021-06 Diré sérieuse", levels(J, "Tombouctou", "Diré"), lambda x: only(x, [3])),
    ("2021-06 Salam critique", levels(J, "Tombouctou", "Tombouctou", "Salam"), lambda x: only(x, [4])),
    ("2021-06 Gao (cercle) modérée and sérieuse", levels(J, "Gao", "Gao"), lambda x: only(x, [2, 3])),
    ("2021-06 Bourem modérée and sérieuse", levels(J, "Gao", "Bourem"), lambda x: only(x, [2, 3])),
    *((f"{m} Ansongo sérieuse and critique", levels(m, "Gao", "Ansongo"), lambda x: only(x, [3, 4])) for m in MONTHS if m > "2021"),
    ("2021-06 Ménaka limited", levels(J, "Ménaka"), lambda x: only(x, [1, 2], False)),
    ("2021-06 Kidal mostly sérieuse", levels(J, "Kidal"), lambda x: mostly(x, [3])),
]
for title, found, holds in NARRATIVE:
    check(f"risk {title}", [] if holds(found) else [dict(found)], str(dict(sorted(found.items()))))


def mean(month, name):
    values = [s for (m, p), s in score.items() if m == month and UNITS[UNITS[p]["parent_pcode"]]["name"] == name]
    return sum(values) / len(values)


for name, sign in (("Youwarou", 1), ("Ténenkou", 1), ("Baraouéli", -1), ("Niono", -1)):
    a, b = mean("2021-01", name), mean("2021-06", name)
    check(f"risk {name} {'deteriorates' if sign > 0 else 'improves'} in 2021", [] if sign * (b - a) > 2 else [(a, b)], f"{a:.1f} → {b:.1f}")
steps = Counter(abs(s - score[MONTHS[MONTHS.index(m) + 1], p]) for (m, p), s in score.items()
                if m not in ("2020-09", "2021-06") and (MONTHS[MONTHS.index(m) + 1], p) in score)
check("risk: from month to month at most 5 points", [d for d in steps if d > 5], str(dict(sorted(steps.items()))))

# --- coverage --------------------------------------------------------------------------------------------------------

coverage = read(DATA / "coverage.csv")
state = {}
for row in coverage:
    state[row["stream"], row["period"], row["pcode"]] = (row["covered"], row["report_received"])
equal("coverage: 701 communes × 15 months × 2 streams, once each", (len(coverage), len(state)), (21030, 21030))
check("coverage: names and p-codes agree", [row for row in coverage if locate(row)[0][2] != row["pcode"]][:3])
check("coverage: no report without coverage", [k for k, v in state.items() if v not in (("0", "0"), ("1", "0"), ("1", "1"))])
SIX_CODES = {REGION[r] for r in SIX}


def region_of(p):
    return UNITS[UNITS[p]["parent_pcode"]]["parent_pcode"]


check("coverage: only in the six monitored regions", [k for k, v in state.items() if v[0] == "1" and region_of(k[2]) not in SIX_CODES])
check("coverage of the index: report received exactly where there is a score",
      [k for k, v in state.items() if k[0] == "index" and (v[1] == "1") != ((k[1], k[2]) in score)])
silent = [sum(v == ("1", "0") for k, v in state.items() if k[0] == "index" and k[1] == m) for m in MONTHS]
check("coverage of the index: a handful without a report", [s for s in silent if not 1 <= s <= 8], str(silent))
had = {(r["month"], r["k"]) for r in incidents if r["k"]}
check("coverage of incidents: covered communes with incidents sent a report",
      [k for k in had if state["incidents", *k] == ("1", "0")])
sums = [sum(v[0] == "1" for k, v in state.items() if k[0] == "incidents" and k[1] == m) for m in MONTHS]
check("coverage of incidents: grows, 200–260 communes in 2021", [] if sums == sorted(sums) and all(200 <= n <= 260 for n in sums[9:]) else [sums], str(sums))
mute = [sum(v == ("1", "0") for k, v in state.items() if k[0] == "incidents" and k[1] == m) for m in MONTHS]
check("coverage of incidents: about 5 % without a report", [m for m, n in zip(mute, sums) if not 0.03 <= m / n <= 0.07], str(mute))
true_zeros = [sum(v == ("1", "1") and (k[1], k[2]) not in had for k, v in state.items() if k[0] == "incidents" and k[1] == m) for m in MONTHS]
check("coverage of incidents: true zeros in every month", [n for n in true_zeros if n < 1], str(true_zeros))
outside = {m: total(month=m) and sum(r["n"] for r in incidents if r["month"] == m and r["k"] and state["incidents", m, r["k"]][0] == "0") for m in MONTHS}
share = sum(outside.values()) / total()
check("coverage: 3–6 % of the violations come from outside", [] if 0.03 <= share <= 0.06 else [share], f"{100 * share:.1f} %, " + str(list(outside.values())))
problems = []
for year in ("2020", "2021"):
    for line in facts(f"violations_region_month_{year}"):
        for m in MONTHS:
            if line["region"] in SIX and line.get(m) == "0":
                mine = [v for k, v in state.items() if k[0] == "incidents" and k[1] == m and region_of(k[2]) == REGION[line["region"]]]
                if ("1", "1") not in mine or ("1", "0") in mine:
                    problems.append(f"{m} {line['region']}")
check("coverage: a region printed as 0 is covered, with every report", problems)

# --- manifest --------------------------------------------------------------------------------------------------------

manifest = tomllib.loads((DATA / "manifest.toml").read_text(encoding="utf-8"))
check("manifest: synthetic, set, rows and sums of the files", [f for f in manifest["file"]
      if hashlib.sha256((DATA / f["path"]).read_bytes()).hexdigest() != f["sha256"] or len(read(DATA / f["path"])) != f["rows"]]
      + [] if manifest["synthetic"] is True and manifest["set"] == "mli-2021" else ["header"])
print(f"{failures} failed" if failures else "all checks hold")
sys.exit(bool(failures))
