// SPDX-License-Identifier: Apache-2.0
// Whether `cache-scan --json --files` reports what the JavaScript client's own scanner does. That one sees the top level of a revision
// and of refs only.
//
//   node compare_scan.mjs CACHE OURS.jsonl
import assert from "node:assert";
import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { relative } from "node:path";
import { pathToFileURL } from "node:url";

const [cache, oursFile] = process.argv.slice(2);
const require = createRequire(process.cwd() + "/");
const { scanCacheDir } = await import(pathToFileURL(require.resolve("@huggingface/hub")).href);
const theirs = await scanCacheDir(cache);
assert.deepEqual(theirs.warnings, []);

const expected = {};
for (const repo of theirs.repos)
  for (const revision of repo.revisions)
    expected[`${repo.id.type}/${repo.id.name}@${revision.commitOid}`] = {
      refs: revision.refs.sort(),
      files: Object.fromEntries(revision.files.map((file) => [relative(revision.path, file.path), [file.blob.size, file.blob.path]])),
    };

const found = {};
let type;
const key = (record) => `${type}/${record.repo}@${record.commit}`;
for (const line of readFileSync(oursFile, "utf8").trim().split("\n")) {
  const record = JSON.parse(line);
  if (record.record === "repo") type = record.repo_type;
  if (record.record === "revision") found[key(record)] = { refs: record.refs.filter((ref) => !ref.includes("/")).sort(), files: {} };
  if (record.record === "file" && !record.path.includes("/"))
    found[key(record)].files[record.path] = [record.size, realpathSync(record.blob)];
}
assert.deepEqual(found, expected);
assert(Object.keys(found).length > 0, "nothing was compared");
console.log(`${theirs.repos.length} repos agree`);
