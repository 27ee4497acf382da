// SPDX-License-Identifier: Apache-2.0
// Fills a cache with the JavaScript client.
//
//   node fill_cache.mjs CACHE HUB_URL
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [cacheDir, hubUrl] = process.argv.slice(2);
const require = createRequire(process.cwd() + "/");
const { snapshotDownload } = await import(pathToFileURL(require.resolve("@huggingface/hub")).href);
for (const revision of ["main", "dev"]) await snapshotDownload({ repo: "org/demo", revision, cacheDir, hubUrl });
