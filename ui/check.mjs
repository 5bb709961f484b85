// Holds what the compiler cannot: the layers, the length of files, and a lock that works on every machine.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";

const wrong = [];
const files = readdirSync("src", { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(tsx?|css)$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name));

/** `api`, `ui`, `app`, or `features/<name>`; the entry file is `app`. */
function layer(path) {
  const [, first, second] = path.split(sep);
  if (first === "features") return `features/${second}`;
  return first === "api" || first === "ui" ? first : "app";
}

const below = { api: ["api"], ui: ["ui", "api"] };

for (const path of files) {
  const text = readFileSync(path, "utf8");
  const lines = text.split("\n").length;
  if (lines > 400 && !path.endsWith("schema.d.ts")) wrong.push(`${path} has ${lines} lines.`);
  const here = layer(path);
  const allowed = here === "app" ? null : (below[here] ?? [here, "ui", "api"]);
  for (const [, target] of text.matchAll(/from "(\.[^"]+)"|import\("(\.[^"]+)"\)/g)) {
    if (!target || !allowed) continue;
    const there = layer(normalize(join(dirname(path), target)));
    if (!allowed.includes(there)) wrong.push(`${path} imports ${there}.`);
  }
}

const text = readFileSync("package-lock.json", "utf8");
if (/https?:\/\//.test(text)) wrong.push("The lock names hosts: run `npm run lock`.");
const { packages } = JSON.parse(text);
const present = new Set(
  Object.keys(packages).map((place) => place.slice(place.lastIndexOf("node_modules/") + 13)),
);
for (const [place, entry] of Object.entries(packages)) {
  for (const name of Object.keys(entry.optionalDependencies ?? {})) {
    if (!present.has(name)) wrong.push(`The lock lacks ${name}, an optional part of ${place}.`);
  }
}
for (const version of Object.values({ ...packages[""].dependencies, ...packages[""].devDependencies })) {
  if (!/^\d/.test(version)) wrong.push(`${version} is not an exact version.`);
}

for (const line of wrong) console.error(line);
process.exit(wrong.length ? 1 : 0);
