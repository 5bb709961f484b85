// Writes package-lock.json anew from the versions in package.json, the rest as it was two weeks ago: the parts
// of a release for other machines are there by then. It is made in an empty folder, as npm takes an installed
// tree for the truth and then leaves those parts out. What names a host is taken out of it.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "sojourn-lock-"));
try {
  for (const name of ["package.json", ".npmrc"]) copyFileSync(name, join(folder, name));
  const before = new Date(Date.now() - 14 * 86_400_000).toISOString().slice(0, 10);
  const options = ["install", "--package-lock-only", "--ignore-scripts", `--before=${before}`];
  execFileSync("npm", options, { cwd: folder, stdio: "inherit", shell: process.platform === "win32" });
  const lock = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8"));
  for (const entry of Object.values(lock.packages)) {
    delete entry.funding;
    delete entry.resolved;
  }
  writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
