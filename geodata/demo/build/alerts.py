"""alerts.csv: flash alerts whose totals are the published ones; the movements of June 2021 as printed."""
from places import CERCLE_WEIGHTS, MONTHS, UNITS, cercle, commune_order, facts, spelling, stream, synthetic_point

COLUMNS = ("alert_id,date,region,cercle,commune,locality,pcode,lon,lat,geo_precision,kinds,households,households_approx,"
           "destination,destination_region,destination_cercle,destination_commune,cause,preventive,cross_border,killed,"
           "wounded,source,sensitivity").split(",")

ATTACK, THREAT, MOVEMENT = "village_attack", "attack_threat", "population_movement"

# First half of 2020: 205 alerts = 128 attacks + 35 threats + 89 movements, so 47 alerts carry two kinds.
HALF_2020 = {(ATTACK,): 92, (THREAT,): 24, (MOVEMENT,): 42, (ATTACK, MOVEMENT): 36, (THREAT, MOVEMENT): 11}
# How the 205 fall on the months (invented; rising with the killings of the tables).
HALF_2020_WEIGHTS = {"2020-01": 24, "2020-02": 27, "2020-03": 37, "2020-04": 35, "2020-05": 39, "2020-06": 43}

# Other months. Printed: attacks of 2020-08 (9), 2020-09 (9, in four cercles), 2021-05 (3); the rest is invented.
OTHER_MONTHS = {
    "2020-07": {(ATTACK,): 8, (ATTACK, MOVEMENT): 4, (THREAT,): 3, (THREAT, MOVEMENT): 1, (MOVEMENT,): 3},
    "2020-08": {(ATTACK,): 7, (ATTACK, MOVEMENT): 2, (THREAT,): 2, (MOVEMENT,): 3},
    "2020-09": {(ATTACK,): 7, (ATTACK, MOVEMENT): 2, (THREAT,): 2, (MOVEMENT,): 2},
    "2021-01": {(ATTACK,): 4, (ATTACK, MOVEMENT): 1, (THREAT,): 2, (MOVEMENT,): 1},
    "2021-02": {(ATTACK,): 5, (ATTACK, MOVEMENT): 1, (THREAT,): 1, (MOVEMENT,): 2},
    "2021-03": {(ATTACK,): 4, (THREAT,): 2, (MOVEMENT,): 1},
    "2021-04": {(ATTACK,): 5, (ATTACK, MOVEMENT): 3, (THREAT,): 1, (THREAT, MOVEMENT): 1, (MOVEMENT,): 2},
    "2021-05": {(ATTACK,): 2, (ATTACK, MOVEMENT): 1, (THREAT,): 1, (MOVEMENT,): 1},
}
WHERE = {"2020-09": ["Koro", "Koro", "Koro", "Bankass", "Bankass", "Bandiagara", "Bandiagara", "Douentza", "Douentza"],
         "2021-05": ["Koro", "Bankass", "Douentza"]}
REGION_WEIGHTS = {"Mopti": 74, "Ségou": 10, "Gao": 7, "Ménaka": 4, "Tombouctou": 5}
ATTACK_CAUSES = ["attaque de village par des personnes armées non identifiées", "attaque de village par des groupes radicaux",
                 "attaque de village par des milices d'auto-défense"]
THREAT_CAUSES = ["menaces d'attaques", "menaces d'attaques proférées par des groupes radicaux"]
MOVEMENT_CAUSES = ["affrontement entre groupes armés", "insécurité dans la zone", "violence dans une localité voisine"]
FLOODS = "inondations"
NEIGHBOURS = {("Gao", "Ansongo"): "Niger", ("Ménaka", "Andéramboukane"): "Niger", ("Mopti", "Koro"): "Burkina Faso",
              ("Tombouctou", "Gourma-Rharous"): "Burkina Faso"}


def blank():
    return dict.fromkeys(COLUMNS, "") | {"killed": 0, "wounded": 0, "preventive": 0, "cross_border": 0,
                                         "source": "monitoring", "sensitivity": "restricted"}


def attack_cause(region, rng):
    """The reports speak of militias in the centre only."""
    return rng.choice(ATTACK_CAUSES if region in ("Mopti", "Ségou") else ATTACK_CAUSES[:2])


def somewhere(rng, only=None):
    """(region, cercle code, commune code)."""
    region = "Mopti" if only else rng.choices(list(REGION_WEIGHTS), list(REGION_WEIGHTS.values()))[0]
    weights = CERCLE_WEIGHTS[region]
    code = cercle(region, only or rng.choices(list(weights), list(weights.values()))[0])
    order = commune_order(region, code)
    return region, code, rng.choices(order, [1 / (i + 2) for i in range(len(order))])[0]


def put(alert, region, code, pcode, rng):
    alert["region"] = spelling(UNITS[code].parent, rng)
    alert["cercle"] = spelling(code, rng)
    if rng.random() < 0.05:
        return  # known to the cercle only
    alert["commune"] = spelling(pcode, rng)
    if rng.random() < 0.5:
        alert["pcode"] = pcode
    if rng.random() < 0.10:
        lon, lat = synthetic_point(pcode, rng)
        alert.update(lon=f"{lon:.4f}", lat=f"{lat:.4f}", geo_precision=2)


def invented(month, kinds, rng, only=None):
    alert = blank()
    region, code, pcode = somewhere(rng, only)
    alert["date"] = f"{month}-{rng.randint(1, 28):02d}"
    alert["kinds"] = "|".join(kinds)
    put(alert, region, code, pcode, rng)
    if ATTACK in kinds:
        alert["cause"] = attack_cause(region, rng)
        alert["killed"] = rng.choices(range(9), [34, 22, 14, 10, 7, 5, 4, 2, 2])[0]
        alert["wounded"] = rng.choices(range(7), [45, 20, 12, 9, 7, 4, 3])[0]
    elif THREAT in kinds:
        alert["cause"] = rng.choice(THREAT_CAUSES)
        alert["preventive"] = int(MOVEMENT in kinds)
    else:
        wet = month in ("2020-08", "2020-09") and rng.random() < 0.5
        alert["cause"] = FLOODS if wet else rng.choice(MOVEMENT_CAUSES)
        alert["preventive"] = int(not wet and rng.random() < 0.3)
    if MOVEMENT in kinds:
        approx = rng.random() < 0.3
        n = rng.choices([rng.randint(8, 60), rng.randint(60, 180), rng.randint(180, 420)], [55, 35, 10])[0]
        alert["households"] = max(10, n // 10 * 10) if approx else n
        alert["households_approx"] = int(approx)
        leave(alert, region, code, pcode, rng)
    return alert


def leave(alert, region, code, pcode, rng):
    """Where they went: mostly the chief town of the cercle or another commune of it."""
    abroad = NEIGHBOURS.get((region, UNITS[code].name))
    if abroad and rng.random() < 0.25:
        alert.update(destination=abroad, cross_border=1)
        return
    if rng.random() < 0.2:
        return  # not told
    others = [c for c in commune_order(region, code)[:5] if c != pcode]
    alert["destination_region"] = spelling(UNITS[code].parent, rng)
    alert["destination_cercle"] = spelling(code, rng)
    if others:
        alert["destination_commune"] = spelling(rng.choice(others), rng)


# June 2021, as printed in report N°6 (facts/flash_movements_2021-06.csv). Five reports: the two hamlets of Sio are one
# report, so their ids differ by a letter. Only the 17 June is a printed date; the other days are invented.
JUNE_PRINTED = [
    # report, day, kinds, commune and cercle as written, preventive, destination region, cercle, commune
    ("01", "2021-06-04", (ATTACK, MOVEMENT), "Koumbewel Koundia", "Douentza", 0, ("", "", "")),
    # Its cercle is that of the printed attack « cercle de Ménaka »; no commune is called Inhinta.
    ("02", "2021-06-09", (ATTACK, MOVEMENT), "Inhinta", "Ménaka", 0, ("Ménaka", "", "")),
    # No commune is called Lerneb.
    ("03", "2021-06-13", (MOVEMENT,), "Lerneb", "Goundam", 0, ("Tombouctou", "Goundam", "")),
    ("04", "2021-06-15", (THREAT, MOVEMENT), "Kewa", "Djenné", 1, ("Mopti", "Djenné", "Kewa")),
    ("05a", "2021-06-17", (ATTACK, MOVEMENT), "Sio", "Mopti", 0, ("Mopti", "Mopti", "Sio")),
    ("05b", "2021-06-17", (ATTACK, MOVEMENT), "Sio", "Mopti", 0, ("Mopti", "Mopti", "Sio")),
]
# The other six of the ten attacks: eight in four cercles of Mopti, one in the cercle of Gao, one in that of Ménaka.
JUNE_OTHER_ATTACKS = [("Mopti", "Bandiagara"), ("Mopti", "Bandiagara"), ("Mopti", "Douentza"), ("Mopti", "Douentza"),
                      ("Mopti", "Djenné"), ("Gao", "Gao")]
JUNE_KILLED = {"Emalintaghasste": 11, "Kaoubouki": 2}


def june_2021():
    rng = stream("alerts", "2021-06")
    alerts = []
    for row, (report, day, kinds, commune_text, cercle_text, preventive, destination) in zip(
            facts("flash_movements_2021-06"), JUNE_PRINTED):
        alert = blank()
        alert.update(alert_id=f"DEMO-AL-2021-06-{report}", date=day, region=row["region"], cercle=cercle_text,
                     commune=commune_text, locality=row["origin_place"], kinds="|".join(kinds), households=row["households"],
                     households_approx=int("approximatif" in row["note"]), preventive=preventive,
                     destination=row["destination"], cause=row["cause_fr"].split(" ; ")[0],
                     killed=JUNE_KILLED.get(row["origin_place"], 0))
        alert["destination_region"], alert["destination_cercle"], alert["destination_commune"] = destination
        alerts.append(alert)
    for number, (region, name) in enumerate(JUNE_OTHER_ATTACKS, 6):
        alert = blank()
        code = cercle(region, name)
        put(alert, region, code, rng.choice(commune_order(region, code)[:4]), rng)
        alert.update(alert_id=f"DEMO-AL-2021-06-{number:02d}", date=f"2021-06-{rng.randint(1, 30):02d}", kinds=ATTACK,
                     cause=attack_cause(region, rng), killed=rng.randint(0, 4), wounded=rng.randint(0, 3))
        alerts.append(alert)
    return alerts


def build():
    half = stream("alerts", "2020-H1")
    kinds = [k for k, n in HALF_2020.items() for _ in range(n)]
    half.shuffle(kinds)
    months = [m for m, n in HALF_2020_WEIGHTS.items() for _ in range(n)]
    assert len(months) == len(kinds) == 205
    by_month = {m: [] for m in MONTHS}
    for month, kind in zip(months, kinds):
        by_month[month].append(invented(month, kind, half))
    for month, counts in OTHER_MONTHS.items():
        rng = stream("alerts", month)
        where = list(WHERE.get(month, []))
        for kind, n in counts.items():
            for _ in range(n):
                by_month[month].append(invented(month, kind, rng, where.pop() if where and ATTACK in kind else None))
    lines = []
    for month in MONTHS:
        alerts = june_2021() if month == "2021-06" else sorted(by_month[month], key=lambda a: a["date"])
        for number, alert in enumerate(alerts, 1):
            alert["alert_id"] = alert["alert_id"] or f"DEMO-AL-{month}-{number:02d}"
            lines.append([alert[c] for c in COLUMNS])
    return lines
