// SPDX-License-Identifier: Apache-2.0
// Fills a cache with the JavaScript client from the hub: whole revisions, or without any named a few files of main, which leaves no ref.
//
//   node fill_cache.mjs CACHE REPO_ID HUB_URL [REVISION...]
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [cacheDir, repo, hubUrl, ...revisions] = process.argv.slice(2);
const require = createRequire(process.cwd() + "/");
const { downloadFileToCacheDir, snapshotDownload } = await import(pathToFileURL(require.resolve("@huggingface/hub")).href);
// It tells of each file.
console.debug = () => {};
for (const revision of revisions) await snapshotDownload({ repo, revision, cacheDir, hubUrl });
if (!revisions.length)
  for (const path of ["config.json", "README.md", "model.safetensors", "onnx/same-content.bin"])
    await downloadFileToCacheDir({ repo, path, revision: "main", cacheDir, hubUrl });
