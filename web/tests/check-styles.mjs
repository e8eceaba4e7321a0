// Checks every style document of a folder against MapLibre's own specification.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";

const folder = process.argv[2];
const files = readdirSync(folder).sort();
let bad = 0;
for (const file of files) {
  for (const error of validateStyleMin(JSON.parse(readFileSync(join(folder, file), "utf8")))) {
    console.error(`${file}: ${error.message}`);
    bad += 1;
  }
}
console.log(`${files.length} styles`);
process.exit(bad ? 1 : 0);
