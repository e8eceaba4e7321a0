"""incidents.csv: rows of one incident × one violation type whose sums are the published tables."""
import copy

import coverage
import tables
from places import (CATEGORIES, CERCLE_WEIGHTS, CERCLES, MONTHS, REGIONS, UNITS, cercle, facts, spelling, stream,
                    synthetic_point)

COLUMNS = ("incident_id,date,time_slot,region,cercle,commune,locality,pcode,lon,lat,geo_precision,category,violation_type,"
           "victims,women,men,girls,boys,victim_status,socio_economic_status,perpetrator_class,place,basis,source,"
           "sensitivity").split(",")

TYPES = {t["code"]: t for t in facts("taxonomy_2021")}
SENSITIVE = {code for code, t in TYPES.items() if t["gbv_flag_researcher"] == "1"}

# The type mix within a category (invented, except where a report prints it: see `type_pool`).
TYPE_MIX = {
    "A": {"A1": 74, "A2": 5, "A3": 15, "A4": 4, "A5": 2},
    "B": {"B1": 54, "B2": 36, "B3": 10},
    "C": {"C1": 50, "C2": 5, "C3": 20, "C4": 9, "C5": 3, "C6": 4, "C7": 1, "C8": 1, "C9": 3, "C10": 1, "C11": 3},
    "D": {"D1": 92, "D2": 3, "D3": 2, "D4": 1, "D5": 1, "D6": 1},
    "E": {"E1": 76, "E2": 8, "E3": 5, "E4": 7, "E5": 1, "E6": 3},
    "F": {"F1": 50, "F2": 25, "F3": 25},
}
# 383 of the 401 violations of category D in January–June 2021 are abductions; the 18 others, by month, and those of
# them in Mopti in the two months whose abductions in Mopti are compared.
OTHER_D = {"2021-01": 2, "2021-02": 3, "2021-03": 3, "2021-04": 3, "2021-05": 3, "2021-06": 4}
OTHER_D_MOPTI = {"2021-05": 1, "2021-06": 2}

# Weights of 1, 2, 3 … victims of one row.
SIZES = {
    "A": [20, 15, 15, 12, 10, 8, 6, 6, 4, 4],
    "B": [45, 22, 12, 8, 5, 4, 2, 1, 1],
    "C": [18, 18, 16, 14, 12, 8, 6, 4, 2, 2],
    "D": [24, 22, 18, 13, 9, 7, 4, 3],
    "E": [8, 12, 14, 14, 13, 12, 10, 7, 5, 5],
    "F": [30, 25, 20, 15, 10],
    "sensitive": [85, 15],
}
DISPLACEMENTS = {"A1", "A2", "A4"}

UNIDENTIFIED = "Personne armée non identifiée"
CIVILIAN = "Civil"
RADICAL = "Groupes radicaux"
MILITIA = "Milices d'auto-défense"
FORCES = "Forces de défense et de sécurité"
SIGNATORY = "Groupes signataires et d'opposition"
UNSPECIFIED = "Non spécifié"
NATURAL = "Sans objet (catastrophe naturelle)"

# Who, by region, when no report says it.
WHO = {
    "Gao": {UNIDENTIFIED: 88, CIVILIAN: 4, RADICAL: 4, SIGNATORY: 1, FORCES: 1, UNSPECIFIED: 2},
    "Kidal": {UNIDENTIFIED: 75, CIVILIAN: 12, SIGNATORY: 5, UNSPECIFIED: 8},
    "Ménaka": {UNIDENTIFIED: 75, RADICAL: 10, CIVILIAN: 8, SIGNATORY: 3, UNSPECIFIED: 4},
    "Mopti": {UNIDENTIFIED: 40, RADICAL: 26, MILITIA: 20, CIVILIAN: 6, FORCES: 4, UNSPECIFIED: 4},
    "Ségou": {CIVILIAN: 48, UNIDENTIFIED: 26, RADICAL: 15, MILITIA: 5, FORCES: 2, UNSPECIFIED: 4},
    "Tombouctou": {UNIDENTIFIED: 75, CIVILIAN: 14, RADICAL: 5, FORCES: 1, SIGNATORY: 1, UNSPECIFIED: 4},
}
# September 2020: the four classes printed in the text (200, 84, 39, 19) and Gao 90 % unidentified, Ségou 55 % civilians
# and 19 % unidentified; the order of the four small labels is lost, so their 21 are left unspecified.
WHO_2020_09 = {
    "Gao": {UNIDENTIFIED: 76, CIVILIAN: 4, RADICAL: 2, UNSPECIFIED: 2},
    "Kidal": {UNIDENTIFIED: 3},
    "Ménaka": {UNIDENTIFIED: 11, CIVILIAN: 2, RADICAL: 1, UNSPECIFIED: 2},
    "Mopti": {UNIDENTIFIED: 20, CIVILIAN: 5, RADICAL: 14, MILITIA: 15, UNSPECIFIED: 4},
    "Ségou": {UNIDENTIFIED: 21, CIVILIAN: 60, RADICAL: 18, MILITIA: 4, UNSPECIFIED: 7},
    "Tombouctou": {UNIDENTIFIED: 69, CIVILIAN: 13, RADICAL: 4, UNSPECIFIED: 6},
}

HOME, VILLAGE, ROAD, CENTRE = "domicile de la victime", "village/centre village", "axe routier", "centre de la ville/village"
FIELD, BUSH, MARKET, PASTURE = "lieu de travail/champ", "brousse", "marché", "pâturage"
SITE, WATER, CLINIC, SCHOOL, OTHER = "site de déplacés", "point d'eau", "structure sanitaire", "école", "autre"
PLACE_MIX = {
    "A": {VILLAGE: 65, HOME: 30, SITE: 5},
    "B": {VILLAGE: 34, ROAD: 20, FIELD: 16, HOME: 12, BUSH: 8, PASTURE: 6, MARKET: 3, WATER: 1},
    "C": {HOME: 30, VILLAGE: 25, ROAD: 14, CENTRE: 12, FIELD: 8, MARKET: 5, WATER: 3, SITE: 2, OTHER: 1},
    "D": {VILLAGE: 26, ROAD: 24, HOME: 20, FIELD: 12, BUSH: 8, PASTURE: 6, MARKET: 4},
    "E": {ROAD: 32, HOME: 26, VILLAGE: 20, CENTRE: 8, PASTURE: 6, MARKET: 6, OTHER: 2},
    "F": {VILLAGE: 30, SCHOOL: 30, CLINIC: 25, ROAD: 15},
}
# The eleven counts of September 2020 (S3); the labels of all but three are lost, and which of the first two is which.
PLACES_2020_09 = {VILLAGE: 86, HOME: 85, ROAD: 78, CENTRE: 37, FIELD: 25, BUSH: 15, MARKET: 14, PASTURE: 13, SITE: 8,
                  WATER: 1, CLINIC: 1}
ROAD_TOMBOUCTOU_2020_09 = 37  # 40 % of 92
# June 2021: 68 % of category E and of all at home, 19 % of category E on roads.
HOME_ALL, HOME_E, ROAD_E = 841, 345, 96

# Types that a category's mix does not fit.
FIXED_PROPERTY = {"E2", "E3", "E5", "E6"}
EXPLOSIVE = {"B3", "C2"}
TYPE_PLACES = {
    **dict.fromkeys(SENSITIVE, {HOME: 80, VILLAGE: 10, BUSH: 10}),
    **dict.fromkeys(FIXED_PROPERTY, {HOME: 45, VILLAGE: 35, FIELD: 15, MARKET: 5}),
    **dict.fromkeys(EXPLOSIVE, {ROAD: 90, FIELD: 5, BUSH: 5}),
}

STATUS_MIX = {"Résident": 846, "PDI": 90, "PDI retournée": 30, "Rapatrié": 18, "Refoulé": 7, "Apatride": 2, "Autre": 7}
STATUS_NAMES = {"Résident": "Résident", "PDI": "PDI", "Apatride": "Apatride", "Autres": "Autre",
                "PDI Retournée": "PDI retournée", "Rapatrié": "Rapatrié", "Refoulé": "Refoulé"}
AGE_SEX_NAMES = {"Adulte Feminin": "women", "Adulte Masculin": "men", "Enfant Feminin": "girls", "Enfant Masculin": "boys"}

LIVELIHOOD = {
    "": {"sans activité": 34, "agriculteur": 18, "commerçant": 14, "éleveur": 12, "transporteur": 5, "artisan": 4,
         "élève": 4, "fonctionnaire": 3, "pêcheur": 2, "inconnu": 4},
    "Ségou": {"sans activité": 28, "agriculteur": 38, "commerçant": 12, "éleveur": 8, "pêcheur": 4, "artisan": 3,
              "élève": 3, "inconnu": 4},
    "Gao": {"sans activité": 28, "éleveur": 32, "commerçant": 16, "transporteur": 9, "agriculteur": 7, "élève": 3,
            "inconnu": 5},
}
TIME_SLOTS = {
    "A": {"journee": 50, "soiree": 20, "nuit": 20, "tot_matin": 10},
    "E": {"journee": 46, "soiree": 28, "nuit": 18, "tot_matin": 8},
    "": {"journee": 42, "soiree": 26, "nuit": 20, "tot_matin": 12},
}

EXACT_CERCLES = {("2021-06", "Mopti"): {"Douentza": 644, "Mopti": 200}, ("2021-06", "Gao"): {"Ansongo": 29},
                 ("2021-06", "Ségou"): {"Niono": 10}}
CERCLE_ONLY, REGION_ONLY = 0.065, 0.012  # of rows, of violations (about 2 % of rows)
OUTSIDE_SHARE = 0.045  # violations reported from communes that are not covered
SECOND_TYPE = 0.60     # chance that a row joins another row's incident at the same scene, as a further type of violation
WITH_POINT = 0.12
WITH_PCODE = 0.50


# --- dealing out -----------------------------------------------------------------------------------------------------

def draw(rng, weights):
    return rng.choices(list(weights), list(weights.values()))[0]


def deal(rows, field, quota, rng, liking=None):
    """Gives each row one value of `field` so that the victims under each value are exactly the quota.
    Large rows first; a row that fits nowhere is split in two."""
    assert sum(quota.values()) == sum(r["n"] for r in rows), (field, quota, sum(r["n"] for r in rows))
    left = dict(quota)
    rows = list(rows)
    rng.shuffle(rows)
    rows.sort(key=lambda r: -r["n"])
    dealt = []
    for row in rows:
        while True:
            fits = [k for k in left if left[k] >= row["n"]]
            if fits:
                weights = [left[k] * (liking(row, k) if liking else 1) for k in fits]
                row[field] = rng.choices(fits, weights if any(weights) else None)[0]
                left[row[field]] -= row["n"]
                dealt.append(row)
                break
            k = max(left, key=left.get)
            part = copy.copy(row)
            part["n"], part[field] = left[k], k
            row["n"] -= left[k]
            left[k] = 0
            dealt.append(part)
    return dealt


def spread(n, weights, rng):
    """n whole things divided near the weights, with some noise."""
    counts = dict.fromkeys(weights, 0)
    for _ in range(n):
        counts[draw(rng, weights)] += 1
    return counts


# --- step by step ----------------------------------------------------------------------------------------------------

def type_pool(month, category, table, rng):
    """region → list of type codes, one for each violation of the category."""
    n = {r: table[r, category] for r in REGIONS}
    total = sum(n.values())
    printed = {}
    if month == "2020-09" and category in "BCDE":
        printed = {"C": {"C1": 69, "C3": 24, "C4": 9, "C6": 7, "C7": 4, "C5": 3, "C2": 3, "C11": 2},
                   "E": {"E1": 135, "E4": 22, "E2": 5, "E3": 3},
                   "D": {"D1": 42, "D6": 1},
                   "B": {"B1": 18, "B2": 10}}[category]  # printed as one: « Assassinat, meurtre » 28
    if month == "2021-06" and category == "B":
        printed = {"B1": 37, "B2": 23, "B3": 4}  # 60 killings + 4 deaths by explosive device
    pools = {r: [] for r in REGIONS}
    if category == "D" and (month in OTHER_D or printed):
        pools = {r: ["D1"] * n[r] for r in REGIONS}
        if printed:
            pools["Ségou"][0] = "D6"
            return pools
        others = ["Mopti"] * OTHER_D_MOPTI.get(month, 0)
        elsewhere = [r for r in REGIONS if r != "Mopti" or month not in OTHER_D_MOPTI for _ in range(n[r])]
        others += rng.sample(elsewhere, OTHER_D[month] - len(others))
        weights = {t: w for t, w in TYPE_MIX["D"].items() if t != "D1"}
        for r in others:
            pools[r][pools[r].index("D1")] = draw(rng, weights)
        return pools
    if printed:
        deck = [t for t, count in printed.items() for _ in range(count)]
        assert len(deck) == total
        rng.shuffle(deck)
    else:
        weights = dict(TYPE_MIX[category])
        if category == "A":
            # Floods come with the rains (September's four have printed classes of perpetrator, so none there).
            weights["A2"] = 30 if month in ("2020-07", "2020-08") else 0
        if category == "A" and total >= 40:
            # A big month is one of displacement by violence; the rest stays a few.
            deck = [draw(rng, {"A3": 70, "A4": 20, "A5": 10}) for _ in range(round(0.08 * total))]
            deck += ["A1"] * (total - len(deck))
        else:
            deck = [draw(rng, weights) for _ in range(total)]
        rng.shuffle(deck)
    for r in REGIONS:
        pools[r], deck = deck[:n[r]], deck[n[r]:]
    return pools


def cut_rows(month, region, category, pool, rng):
    """Rows of plausible sizes from a pool of types."""
    rows = []
    for code in sorted(set(pool)):
        left = pool.count(code)
        while left:
            if code in DISPLACEMENTS:
                n = left if left < 20 else rng.randint(20, min(90, left))
                if 0 < left - n < 20 and left <= 110:
                    n = left
            else:
                sizes = SIZES["sensitive" if code in SENSITIVE else category]
                n = min(left, rng.choices(range(1, len(sizes) + 1), sizes)[0])
            rows.append({"month": month, "region": region, "category": category, "type": code, "n": n})
            left -= n
    return rows


def place_rows(month, rows, covered, rng):
    """Region-only, cercle-only or commune; the June 2021 cercle figures exactly."""
    placed = []
    for region in REGIONS:
        mine = [r for r in rows if r["region"] == region]
        weights = {cercle(region, n): w for n, w in CERCLE_WEIGHTS[region].items()}
        exact = EXACT_CERCLES.get((month, region), {})
        quota = {cercle(region, n): v for n, v in exact.items()}
        rest = sum(r["n"] for r in mine) - sum(quota.values())
        quota[""] = min(rest, int(REGION_ONLY * rest + rng.random()))
        quota.update(spread(rest - quota[""], {c: w for c, w in weights.items() if c not in quota}, rng))
        placed += deal(mine, "cercle", quota, rng)
    for r in placed:
        r["commune"] = "?" if r["cercle"] and rng.random() >= CERCLE_ONLY else ""
    open_rows = [r for r in placed if r["commune"] == "?"]
    # From outside coverage: small rows, until the share is reached.
    wanted = round(OUTSIDE_SHARE * sum(r["n"] for r in placed))
    candidates = [r for r in open_rows if r["n"] <= 10 and covered[r["cercle"]][1]]
    rng.shuffle(candidates)
    for r in candidates:
        if r["n"] <= wanted:
            r["commune"] = by_rank(covered[r["cercle"]][1], rng)
            wanted -= r["n"]
    for r in open_rows:
        if r["commune"] == "?":
            good = covered[r["cercle"]][0]
            r["commune"] = by_rank(good, rng) if good else ""
    return placed


def by_rank(communes, rng):
    return rng.choices(communes, [1 / (i + 1.5) for i in range(len(communes))])[0]


def name_perpetrators(month, rows, rng):
    if month == "2020-09":
        done = []
        for region in REGIONS:
            done += deal([r for r in rows if r["region"] == region], "who", WHO_2020_09[region], rng, suspicion)
        return done
    done = []
    if month == "2021-06":
        # B: 58 % unidentified, 30 % radical groups; D: 49 %, 36 %; Gao: 91 % unidentified.
        gao_d = sum(r["n"] for r in rows if r["region"] == "Gao" and r["category"] == "D")
        others_d = sum(r["n"] for r in rows if r["region"] not in ("Gao", "Mopti") and r["category"] == "D")
        gao_rest = sum(r["n"] for r in rows if r["region"] == "Gao" and r["category"] not in "BD")
        gao_unidentified = 121 - 24 - gao_d
        deals = [
            (lambda r: r["region"] == "Gao" and r["category"] == "B", {UNIDENTIFIED: 24, RADICAL: 1, CIVILIAN: 1}),
            (lambda r: r["region"] == "Mopti" and r["category"] == "B", {UNIDENTIFIED: 6, RADICAL: 16, MILITIA: 4, UNSPECIFIED: 3}),
            (lambda r: r["region"] not in ("Gao", "Mopti") and r["category"] == "B", {UNIDENTIFIED: 7, RADICAL: 2}),
            (lambda r: r["region"] == "Gao" and r["category"] == "D", {UNIDENTIFIED: gao_d}),
            (lambda r: r["region"] == "Mopti" and r["category"] == "D", {UNIDENTIFIED: 6, RADICAL: 30, MILITIA: 2, UNSPECIFIED: 2}),
            (lambda r: r["region"] not in ("Gao", "Mopti") and r["category"] == "D",
             {UNIDENTIFIED: 48 - 6 - gao_d, RADICAL: 5, CIVILIAN: 6, UNSPECIFIED: others_d - (48 - 6 - gao_d) - 11}),
            (lambda r: r["region"] == "Gao" and r["category"] not in "BD",
             {UNIDENTIFIED: gao_unidentified, RADICAL: 5, CIVILIAN: 3, UNSPECIFIED: gao_rest - gao_unidentified - 8}),
        ]
        for belongs, quota in deals:
            done += deal([r for r in rows if belongs(r)], "who", quota, rng)
        rows = [r for r in rows if not any(belongs(r) for belongs, _ in deals)]
    for r in rows:
        if r["type"] == "A2":
            r["who"] = NATURAL
        else:
            r["who"] = draw(rng, {who: w * suspicion(r, who) for who, w in WHO[r["region"]].items()})
    return done + rows


def suspicion(row, who):
    """Explosive devices and large displacements are the work of armed persons and groups; gender-based violence is more
    often by civilians, abduction and displacement less."""
    if row["type"] in EXPLOSIVE or row["n"] >= 20:
        return 1 if who in (UNIDENTIFIED, RADICAL) else 0
    if who != CIVILIAN:
        return 1
    return 4 if row["type"] in SENSITIVE else 0.3 if row["category"] in "AD" else 1


def name_places(month, rows, rng):
    def liking(r, place):
        if r["type"] in TYPE_PLACES:
            return TYPE_PLACES[r["type"]].get(place, 0.01)
        return PLACE_MIX[r["category"]].get(place, 0.3)

    if month == "2020-09":
        quota = dict(PLACES_2020_09)
        timbuktu = [r for r in rows if r["region"] == "Tombouctou"]
        n = sum(r["n"] for r in timbuktu)
        share = {ROAD: ROAD_TOMBOUCTOU_2020_09, VILLAGE: 17, HOME: 20, CENTRE: 10}
        share[MARKET] = n - sum(share.values())
        done = deal(timbuktu, "place", share, rng, liking)
        for k, v in share.items():
            quota[k] -= v
        return done + deal([r for r in rows if r["region"] != "Tombouctou"], "place", quota, rng, liking)
    if month == "2021-06":
        e = [r for r in rows if r["category"] == "E"]
        rest = [r for r in rows if r["category"] != "E"]
        n_e, n_rest = sum(r["n"] for r in e), sum(r["n"] for r in rest)
        quota = {HOME: HOME_E, ROAD: ROAD_E, **spread(n_e - HOME_E - ROAD_E, {VILLAGE: 50, MARKET: 20, PASTURE: 20, CENTRE: 10}, rng)}
        done = deal(e, "place", quota, rng, lambda r, p: 0.05 if r["type"] in FIXED_PROPERTY and p == ROAD else 1)
        quota = {HOME: HOME_ALL - HOME_E,
                 **spread(n_rest - HOME_ALL + HOME_E, {VILLAGE: 45, ROAD: 25, FIELD: 12, BUSH: 8, CENTRE: 5, SCHOOL: 2, WATER: 3}, rng)}
        return done + deal(rest, "place", quota, rng)
    for r in rows:
        r["place"] = draw(rng, TYPE_PLACES.get(r["type"], PLACE_MIX[r["category"]]))
    return rows


def name_statuses(month, rows, rng):
    if month == "2020-09":
        printed = {STATUS_NAMES[k]: int(v) for row in facts("victims_status_agesex_2020-09") if row["age_sex"] == "Total"
                   for k, v in row.items() if k in STATUS_NAMES}
        plain = [r for r in rows if r["type"] not in SENSITIVE]
        sensitive = [r for r in rows if r["type"] in SENSITIVE]
        for r in sensitive:
            r["status"] = "Résident"  # some of the small groups have no woman among them
            printed["Résident"] -= r["n"]
        return deal(plain, "status", printed, rng) + sensitive
    for r in rows:
        if r["type"] == "A4":
            r["status"] = "PDI retournée"
        elif r["type"] == "A5":
            r["status"] = "Refoulé"
        else:
            r["status"] = draw(rng, {"Résident": 85, "PDI": 15} if r["n"] >= 20 else STATUS_MIX)
    return rows


def pools_of_victims(month, rows, rng):
    """[(which rows, how many of each sex and age)]: printed where printed, else about as in the printed months."""
    if month == "2020-09":
        pools = {}
        for line in facts("victims_status_agesex_2020-09"):
            if line["age_sex"] in AGE_SEX_NAMES:
                for column, status in STATUS_NAMES.items():
                    pools.setdefault(status, {})[AGE_SEX_NAMES[line["age_sex"]]] = int(line[column])
        return [(lambda r, s=status: r["status"] == s, pool) for status, pool in pools.items()]
    if month == "2021-05":
        return [(lambda r: True, {"women": 76, "men": 455, "girls": 19, "boys": 10})]
    if month == "2021-06":
        # Mopti: 40 % men, 150 girls, 80 boys; category B: 95 % men (61 of 64, 27 + 34).
        rest = sum(r["n"] for r in rows if r["region"] != "Mopti" and r["category"] != "B")
        boys, girls, women = round(rest * 0.03), round(rest * 0.05), round(rest * 0.18)
        return [
            (lambda r: r["region"] == "Mopti" and r["category"] == "B", {"women": 2, "men": 27, "girls": 0, "boys": 0}),
            (lambda r: r["region"] == "Mopti" and r["category"] != "B", {"women": 336, "men": 352, "girls": 150, "boys": 80}),
            (lambda r: r["region"] != "Mopti" and r["category"] == "B", {"women": 1, "men": 34, "girls": 0, "boys": 0}),
            (lambda r: r["region"] != "Mopti" and r["category"] != "B",
             {"women": women, "men": rest - women - girls - boys, "girls": girls, "boys": boys}),
        ]
    n = sum(r["n"] for r in rows)
    displaced = sum(r["n"] for r in rows if r["category"] == "A")
    others = n - displaced
    sensitive = sum(r["n"] for r in rows if r["type"] in SENSITIVE)
    women = round(0.35 * displaced + 0.15 * others) + rng.randint(0, 3) + sensitive // 2
    girls = round(0.22 * displaced + 0.035 * others) + sensitive // 4
    boys = round(0.18 * displaced + 0.02 * others)
    return [(lambda r: True, {"women": women, "men": n - women - girls - boys, "girls": girls, "boys": boys})]


def victim_liking(row):
    if row["type"] in SENSITIVE:
        return {"women": 1, "girls": 1.5, "men": 0, "boys": 0}
    if row["category"] in "BD":
        return {"women": 0.3, "girls": 0.2, "men": 1.5, "boys": 0.5}
    if row["category"] == "A":
        return {"women": 1.5, "girls": 3, "men": 0.7, "boys": 3}
    return {"women": 1, "girls": 1, "men": 1, "boys": 1}


def count_victims(month, rows, rng):
    for belongs, pool in pools_of_victims(month, rows, rng):
        mine = [r for r in rows if belongs(r)]
        assert sum(pool.values()) == sum(r["n"] for r in mine)
        rng.shuffle(mine)
        mine.sort(key=lambda r: (r["type"] not in SENSITIVE, r["category"] not in "BD", r["category"] != "A"))
        pool = dict(pool)
        for r in mine:
            r.update(women=0, men=0, girls=0, boys=0)
            liking = victim_liking(r)
            for _ in range(r["n"]):
                weights = {k: pool[k] * liking[k] for k in pool}
                if not any(weights.values()):
                    weights = pool
                who = draw(rng, weights)
                pool[who] -= 1
                r[who] += 1


def join_incidents(rows, rng):
    """Some rows become a further type of violation of an incident at the same place by the same class."""
    incidents, by_scene = [], {}
    for r in rows:
        scene = (r["region"], r["cercle"], r["commune"], r["who"], r["place"])
        host = next((i for i in by_scene.get(scene, []) if all(o["type"] != r["type"] for o in i) and len(i) < 3), None)
        if host and rng.random() < SECOND_TYPE:
            host.append(r)
        else:
            incidents.append([r])
            by_scene.setdefault(scene, []).append(incidents[-1])
    return incidents


def days_in(month):
    return {"02": 29 if month[:4] == "2020" else 28, "04": 30, "06": 30, "09": 30, "11": 30}.get(month[5:], 31)


def describe(incident, rng):
    """What all rows of an incident share: date, hour, and the place as it was written."""
    first = incident[0]
    day = f"{first['month']}-{rng.randint(1, days_in(first['month'])):02d}"
    slot = draw(rng, TIME_SLOTS.get(first["category"], TIME_SLOTS[""]))
    region_code = UNITS[CERCLES[first["region"]][0]].parent
    shared = {"date": day, "time_slot": slot, "region_text": spelling(region_code, rng), "cercle_text": "", "commune_text": "",
              "pcode": "", "lon": "", "lat": "", "geo_precision": ""}
    if first["cercle"]:
        shared["cercle_text"] = spelling(first["cercle"], rng)
    if first["commune"]:
        shared["commune_text"] = spelling(first["commune"], rng)
        if rng.random() < WITH_PCODE:
            shared["pcode"] = first["commune"]
        # No point where a sensitive type is among the rows: the demonstration should not teach the contrary.
        if rng.random() < WITH_POINT and not any(r["type"] in SENSITIVE for r in incident):
            lon, lat = synthetic_point(first["commune"], rng)
            shared.update(lon=f"{lon:.4f}", lat=f"{lat:.4f}", geo_precision="2")
    for r in incident:
        r.update(shared)


def build():
    """(lines of the CSV, the rows behind them)."""
    coverage_by_month = coverage.incident_coverage()
    region_tables = tables.all_tables()
    lines, everything = [], []
    for month in MONTHS:
        rng = stream("incidents", month)
        rows = []
        for category in CATEGORIES:
            pools = type_pool(month, category, region_tables[month], rng)
            for region in REGIONS:
                rows += cut_rows(month, region, category, pools[region], rng)
        rows = place_rows(month, rows, coverage_by_month[month], rng)
        rows = name_perpetrators(month, rows, rng)
        rows = name_places(month, rows, rng)
        rows = name_statuses(month, rows, rng)
        count_victims(month, rows, rng)
        rng.shuffle(rows)
        incidents = join_incidents(rows, rng)
        for incident in incidents:
            describe(incident, rng)
        incidents.sort(key=lambda i: i[0]["date"])
        for number, incident in enumerate(incidents, 1):
            for r in sorted(incident, key=lambda r: r["type"]):
                usual = LIVELIHOOD.get(r["region"], LIVELIHOOD[""])
                livelihood = draw(rng, {"agriculteur": 5, "éleveur": 3, "inconnu": 2} if r["n"] >= 20 else usual)
                lines.append([
                    f"DEMO-{month}-{number:04d}", r["date"], r["time_slot"], r["region_text"], r["cercle_text"],
                    r["commune_text"], "", r["pcode"], r["lon"], r["lat"], r["geo_precision"], r["category"],
                    TYPES[r["type"]]["violation_type_fr"], r["n"], r["women"], r["men"], r["girls"], r["boys"], r["status"],
                    livelihood, r["who"], r["place"], "documented", "monitoring",
                    "confidential" if r["type"] in SENSITIVE else "restricted"])
        everything += rows
    return lines, everything
