// SPDX-License-Identifier: Apache-2.0
// Whether @huggingface/hub takes a cache for its own.
//
//   node accept_js.mjs CACHE REPO_ID EXPECTED.json HUB_URL
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [cache, repoId, expectedFile, hub] = process.argv.slice(2);
const require = createRequire(process.cwd() + "/");
const { scanCacheDir, downloadFileToCacheDir } = await import(pathToFileURL(require.resolve("@huggingface/hub")).href);
const expected = JSON.parse(readFileSync(expectedFile, "utf8"));

function check(condition, message) {
  if (condition) return;
  console.error(`not accepted by @huggingface/hub: ${message}`);
  process.exit(1);
}
const counters = async () => (await fetch(hub + "/_counters")).json();

const info = await scanCacheDir(cache);
check(info.warnings.length === 0, `scan warns: ${info.warnings}`);
const repo = info.repos.find((one) => one.id.name === repoId);
check(repo, `scan does not list ${repoId}`);
const commits = repo.revisions.map((one) => one.commitOid).sort();
check(JSON.stringify(commits) === JSON.stringify(Object.keys(expected.commits).sort()), `revisions are ${commits}`);
for (const revision of repo.revisions) {
  // It lists the top level of a revision only.
  const wanted = Object.entries(expected.commits[revision.commitOid]).filter(([path]) => !path.includes("/"));
  const sizes = Object.fromEntries(revision.files.map((file) => [file.path.split("/").pop(), file.blob.size]));
  for (const [path, file] of wanted) check(sizes[path] === file.size, `${path} has ${sizes[path]} bytes`);
}

const before = (await counters()).body_bytes;
for (const [commit, files] of Object.entries(expected.commits)) {
  for (const [path, file] of Object.entries(files)) {
    const loaded = await downloadFileToCacheDir({ repo: repoId, path, revision: commit, cacheDir: cache, hubUrl: hub });
    const sha256 = createHash("sha256").update(readFileSync(loaded)).digest("hex");
    check(sha256 === file.sha256, `downloadFileToCacheDir of ${path} gives other bytes`);
  }
}
const sent = (await counters()).body_bytes - before;
check(sent === 0, `${sent} bytes of files were downloaded`);
console.log("accepted by @huggingface/hub");
