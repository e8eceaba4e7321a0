"""The published facts, the units of the boundary set, and the ways a place name gets written."""
import csv
import random
import unicodedata
from collections import namedtuple
from pathlib import Path

FACTS = Path(__file__).resolve().parent / "facts"
SEED = "vigie-demo-1"
MONTHS_2020 = [f"2020-{m:02d}" for m in range(1, 10)]
MONTHS_2021 = [f"2021-{m:02d}" for m in range(1, 7)]
MONTHS = MONTHS_2020 + MONTHS_2021
# The six regions that the monthly tables print.
REGIONS = ["Gao", "Kidal", "Ménaka", "Mopti", "Ségou", "Tombouctou"]
CATEGORIES = ["A", "B", "C", "D", "E", "F"]

Unit = namedtuple("Unit", "level pcode name parent lon lat area_km2")


def stream(*key):
    """A random stream of its own for each part, so that changing one part leaves the others' bytes alone."""
    return random.Random("/".join([SEED, *map(str, key)]))


def facts(name):
    with open(FACTS / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def name_key(name):
    """What is left of a name when accents, case, hyphens, apostrophes and spaces are ignored."""
    bare = unicodedata.normalize("NFD", name.casefold())
    return "".join(c for c in bare if c.isalnum())


def load_units():
    units = {}
    for row in facts("admin_units_mli-2021"):
        units[row["pcode"]] = Unit(int(row["level"]), row["pcode"], row["name"], row["parent_pcode"],
                                   float(row["lon"]), float(row["lat"]), float(row["area_km2"]))
    return units


UNITS = load_units()
REGION_CODE = {u.name: u.pcode for u in UNITS.values() if u.level == 1}
CERCLES = {r: [u.pcode for u in UNITS.values() if u.parent == REGION_CODE[r]] for r in REGIONS}
COMMUNES = {u.pcode: [c.pcode for c in UNITS.values() if c.parent == u.pcode] for u in UNITS.values() if u.level == 2}


def cercle(region, name):
    return next(c for c in CERCLES[region] if name_key(UNITS[c].name) == name_key(name))


def commune(cercle_code, name):
    return next(c for c in COMMUNES[cercle_code] if name_key(UNITS[c].name) == name_key(name))


def lineage(pcode):
    """(region name, cercle name, commune name) of a commune."""
    unit = UNITS[pcode]
    parent = UNITS[unit.parent]
    return UNITS[parent.parent].name, parent.name, unit.name


def index_of(month):
    """Months since 2020-01, for interpolation."""
    return (int(month[:4]) - 2020) * 12 + int(month[5:]) - 1


def interpolate(anchors, x):
    """Piecewise linear through [(x, y), …]."""
    for (x0, y0), (x1, y1) in zip(anchors, anchors[1:]):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return anchors[-1][1]


# --- spellings -------------------------------------------------------------------------------------------------------

LEVEL_WORD = {1: "région", 2: "cercle", 3: "commune"}


def load_aliases():
    """(level, name key) → spellings seen in published reports, where the canonical name is one of the set."""
    aliases = {}
    for row in facts("place_aliases"):
        for level, word in LEVEL_WORD.items():
            if word in row["level"]:
                seen = [a for a in row["aliases_seen"].split("|") if "«" not in a]
                aliases[level, name_key(row["canonical"])] = seen
    return aliases


ALIASES = load_aliases()


def without_accents(name):
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))


def spelling(pcode, rng):
    """The name as a monitor might have typed it: mostly right, else a variant that still has one reading."""
    unit = UNITS[pcode]
    roll = rng.random()
    if roll < 0.70:
        return unit.name
    seen = ALIASES.get((unit.level, name_key(unit.name)))
    if seen and roll < 0.85:
        return rng.choice(seen)
    return rng.choice([
        without_accents(unit.name),
        without_accents(unit.name).upper(),
        unit.name.upper(),
        unit.name.replace("'", "’"),
        unit.name.replace("-", " "),
    ])


def synthetic_point(pcode, rng):
    """A point near the commune's own point: close enough to stay inside even a small commune."""
    unit = UNITS[pcode]
    nearest = min(max(abs(unit.lon - o.lon), abs(unit.lat - o.lat))
                  for o in UNITS.values() if o.level == 3 and o.pcode != pcode)
    reach = min(0.009, 0.3 * nearest, unit.area_km2 / 11_100)
    return unit.lon + rng.uniform(-reach, reach), unit.lat + rng.uniform(-reach, reach)


# --- where things happen (invented, but on the communes and cercles that the reports name most) -----------------------

CERCLE_WEIGHTS = {
    "Mopti": {"Bandiagara": 17, "Bankass": 17, "Djenné": 10, "Douentza": 20, "Koro": 18, "Mopti": 9, "Ténenkou": 6, "Youwarou": 3},
    "Ségou": {"Baraouéli": 3, "Bla": 4, "Macina": 20, "Niono": 45, "San": 8, "Ségou": 12, "Tominian": 8},
    "Tombouctou": {"Diré": 8, "Goundam": 25, "Gourma-Rharous": 35, "Niafunké": 18, "Tombouctou": 14},
    "Gao": {"Ansongo": 45, "Bourem": 22, "Gao": 33},
    "Kidal": {"Abeibara": 15, "Kidal": 50, "Tessalit": 25, "Tin-Essako": 10},
    "Ménaka": {"Ménaka": 55, "Andéramboukane": 25, "Inékar": 10, "Tidermène": 10},
}

# First in the order of their cercle: covered first, and with the most incidents.
FOREMOST = {
    ("Mopti", "Koro"): ["Dinangourou", "Koro", "Bondo", "Madougou", "Yoro", "Kassa", "Diougani"],
    ("Mopti", "Bankass"): ["Diallassagou", "Bankass", "Sokoura", "Baye", "Ségué", "Ouonkoro"],
    ("Mopti", "Bandiagara"): ["Bandiagara", "Doucoumbo", "Ségué Iré", "Dourou", "Lowol Guéou", "Sangha"],
    ("Mopti", "Douentza"): ["Hairé", "Mondoro", "Hombori", "Douentza", "Koubéwel Koundia", "Dangol Boré", "Pétaka"],
    ("Mopti", "Mopti"): ["Konna", "Sio", "Soye", "Mopti", "Socoura", "Fatoma"],
    ("Mopti", "Djenné"): ["Femaye", "Kéwa", "Djenné", "Madiama"],
    ("Mopti", "Ténenkou"): ["Ténenkou", "Diondiori", "Kareri"],
    ("Mopti", "Youwarou"): ["Youwarou", "Farimaké", "N'dodjiga"],
    ("Ségou", "Niono"): ["Dogofry", "Diabaly", "Nampalari", "Sokolo", "Niono", "Mariko"],
    ("Ségou", "Macina"): ["Monimpébougou", "Macina", "Kolongo", "Boky Were"],
    ("Ségou", "Ségou"): ["N'koumandougou", "Souba", "Farako", "Ségou", "Sansanding", "Markala", "Dioro"],
    ("Tombouctou", "Gourma-Rharous"): ["Gossi", "Rharous", "Ouinerden", "Inadiatafane", "Bambara Maoudé"],
    ("Tombouctou", "Goundam"): ["Goundam", "Gargando", "Tonka", "Razelma", "Essakane"],
    ("Tombouctou", "Niafunké"): ["Léré", "Soumpi", "Souboundou", "Dianké"],
    ("Tombouctou", "Tombouctou"): ["Ber", "Tombouctou", "Salam", "Bourem Inaly"],
    ("Gao", "Ansongo"): ["Talataye", "Tessit", "Ouattagouna", "Ansongo"],
    ("Gao", "Gao"): ["Gao", "N'tillit", "Gabéro"],
}


def commune_order(region, cercle_code):
    """The communes of a cercle, foremost first, the rest in a fixed shuffled order."""
    first = [commune(cercle_code, n) for n in FOREMOST.get((region, UNITS[cercle_code].name), [])]
    rest = [c for c in COMMUNES[cercle_code] if c not in first]
    stream("commune-order", cercle_code).shuffle(rest)
    return first + rest
