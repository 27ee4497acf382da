// SPDX-License-Identifier: Apache-2.0
// Whether @huggingface/hub takes a cache for its own. The client may write into the cache: give it a copy.
//
//   node accept_js.mjs CACHE REPO EXPECTED.json HUB_URL     REPO: [TYPE/]ID
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [cache, repoText, expectedFile, hub] = process.argv.slice(2);
const [, type = "model", name] = repoText.match(/^(?:(model|dataset|space|kernel)\/)?(.+)$/);
const repoId = { type, name };
const require = createRequire(process.cwd() + "/");
const { scanCacheDir, downloadFileToCacheDir, snapshotDownload } = await import(pathToFileURL(require.resolve("@huggingface/hub")).href);
const expected = JSON.parse(readFileSync(expectedFile, "utf8"));

function check(condition, message) {
  if (condition) return;
  console.error(`not accepted by @huggingface/hub: ${message}`);
  process.exit(1);
}
const counters = async () => (await fetch(hub + "/_counters")).json();
const sameSet = (left, right) => JSON.stringify([...left].sort()) === JSON.stringify([...right].sort());
const sameBytes = (path, file) => createHash("sha256").update(readFileSync(path)).digest("hex") === file.sha256;

async function scan() {
  const info = await scanCacheDir(cache);
  check(info.warnings.length === 0, `scan warns: ${info.warnings}`);
  const repo = info.repos.find((one) => one.id.name === name && one.id.type === type);
  check(repo, `scan does not list ${repoText}`);
  const commits = repo.revisions.map((one) => one.commitOid);
  check(sameSet(commits, Object.keys(expected.commits)), `revisions are ${commits}`);
  for (const revision of repo.revisions) {
    // It lists the top level of refs and of a revision only.
    const refs = Object.keys(expected.refs).filter((ref) => expected.refs[ref] === revision.commitOid && !ref.includes("/"));
    check(sameSet(revision.refs, refs), `refs of ${revision.commitOid} are ${revision.refs}`);
    const sizes = Object.fromEntries(revision.files.map((file) => [file.path.split("/").pop(), file.blob.size]));
    const wanted = Object.entries(expected.commits[revision.commitOid]).filter(([path]) => !path.includes("/"));
    check(sameSet(Object.keys(sizes), wanted.map(([path]) => path)), `files of ${revision.commitOid} are ${Object.keys(sizes)}`);
    for (const [path, file] of wanted) check(sizes[path] === file.size, `${path} has ${sizes[path]} bytes`);
  }
}

async function noBody(what, action) {
  const before = await counters();
  await action();
  const after = await counters();
  const sent = after.body_bytes - before.body_bytes;
  check(sent === 0, `${what}: ${sent} bytes of files were downloaded`);
  return after.requests.slice(before.requests.length);
}

await scan();
for (const [commit, files] of Object.entries(expected.commits)) {
  const asked = await noBody("downloadFileToCacheDir by commit", async () => {
    for (const [path, file] of Object.entries(files)) {
      const loaded = await downloadFileToCacheDir({ repo: repoId, path, revision: commit, cacheDir: cache, hubUrl: hub });
      check(sameBytes(loaded, file), `downloadFileToCacheDir of ${path} at ${commit} gives other bytes`);
    }
  });
  check(asked.length === 0, `downloadFileToCacheDir by commit asks for ${asked}`);
}
// It has no snapshotDownload for kernels.
for (const [ref, commit] of type === "kernel" ? [] : Object.entries(expected.refs)) {
  await noBody(`by ${ref}`, async () => {
    const snapshot = await snapshotDownload({ repo: repoId, revision: ref, cacheDir: cache, hubUrl: hub });
    check(snapshot.endsWith(commit), `snapshotDownload of ${ref} gives ${snapshot}`);
    for (const [path, file] of Object.entries(expected.commits[commit])) {
      check(existsSync(join(snapshot, path)) && statSync(join(snapshot, path)).size === file.size, `${path} at ${ref}`);
      const loaded = await downloadFileToCacheDir({ repo: repoId, path, revision: ref, cacheDir: cache, hubUrl: hub });
      check(sameBytes(loaded, file), `downloadFileToCacheDir of ${path} at ${ref} gives other bytes`);
    }
  });
}
await scan();
console.log("accepted by @huggingface/hub");
