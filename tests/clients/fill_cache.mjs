// SPDX-License-Identifier: Apache-2.0
// Fills a cache with the JavaScript client. It does not quote names in urls, so it gets the plain ones only.
//
//   node fill_cache.mjs CACHE HUB_URL
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [cacheDir, hubUrl] = process.argv.slice(2);
const require = createRequire(process.cwd() + "/");
const { downloadFileToCacheDir } = await import(pathToFileURL(require.resolve("@huggingface/hub")).href);
for (const path of ["config.json", "README.md", "model.safetensors", "onnx/same-content.bin"])
  await downloadFileToCacheDir({ repo: "org/demo", path, revision: "main", cacheDir, hubUrl });
