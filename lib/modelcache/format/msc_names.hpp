// SPDX-License-Identifier: Apache-2.0
#pragma once

// What names mean in a directory that aistudio-sdk 0.3, or modelscope up to 1.37, keeps an index of. Promise:
// text in, answer out; one rule for whoever reads, writes, scans or mends such a directory.

#include "modelcache/format/msc_index.hpp"
#include "modelcache/model/rel_path.hpp"
#include "modelcache/model/repo_id.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace modelcache {

// Whether a path, relative to the directory, is of what the clients, or we, keep beside the files of the
// repo:
// ".msc", ".mdl" and ".mv", what is on its way to them or was put aside (".msc.corrupted"), and all below
// "._tmp", "._____temp", ".lock", ".modelcache".
bool is_client_file(std::string_view path);
// Of modelscope 1.29 - 1.37, which writes its index there first: "tmp*.tmp".
bool is_index_leftover(std::string_view path);

// .gitattributes and .gitignore, on any level.
bool is_git_file(std::string_view path);
// Whether the client has this file in its index: aistudio-sdk all but the git files at the top, modelscope
// all of a dataset, and of a model all but git files.
bool belongs_in_index(MscFlavour flavour, RepoType type, std::string_view path);

// "Qwen2.5" -> "Qwen2___5": the folder of a name, and the name of a folder.
std::string masked_name(std::string_view name);
std::string unmasked_name(std::string_view folder);
// What .mdl says of a repo: "owner/name", the name masked.
std::string mdl_id(const RepoId& repo);

// Whether a Revision can be a git id, or its beginning: 7 to 40 lower-case hexadecimal digits.
bool is_git_id(std::string_view revision);
// Why an entry names no file of a repo: it has no path, leads out of the directory, or to a file of the
// client's. Nothing when it names one.
std::optional<std::string> entry_flaw(const MscEntry& entry);
// As our own indexes have it.
MscEntry msc_entry(const RelPath& path, std::string_view revision);

}  // namespace modelcache
