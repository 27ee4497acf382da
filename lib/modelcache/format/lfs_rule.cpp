// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/lfs_rule.hpp"

#include "modelcache/base/error.hpp"

#include <algorithm>
#include <string>

namespace modelcache {

namespace {

// The patterns of the .gitattributes that huggingface.co puts into a new repo, each with "filter=lfs diff=lfs
// merge=lfs -text"; as widely seen in its repos, not measured against the hub.
constexpr std::string_view default_patterns =
    "*.7z *.arrow *.bin *.bz2 *.ckpt *.ftz *.gz *.h5 *.joblib *.lfs.* *.mlmodel *.model *.msgpack "
    "*.npy *.npz *.onnx *.ot *.parquet *.pb *.pickle *.pkl *.pt *.pth *.rar *.safetensors "
    "saved_model/**/* *.tar.* *.tar *.tflite *.tgz *.wasm *.xz *.zip *.zst *tfevents* ";
// Those that a new dataset gets besides: formats of data, audio, images and video.
constexpr std::string_view dataset_patterns =
    "*.lz4 *.mds *.pcm *.sam *.raw *.aac *.flac *.mp3 *.ogg *.wav *.bmp *.gif *.png *.tiff *.jpg "
    "*.jpeg *.webp *.mp4 *.webm ";

std::string default_attributes(RepoType type) {
  std::string patterns(default_patterns);
  if (type == RepoType::dataset) patterns += dataset_patterns;
  std::string text;
  for (const char c : patterns) text += c == ' ' ? std::string(" filter=lfs\n") : std::string(1, c);
  return text;
}

}  // namespace

std::string_view words(LfsReason reason) {
  switch (reason) {
    case LfsReason::empty:
      return "it is empty";
    case LfsReason::attributes:
      return ".gitattributes says so";
    case LfsReason::no_attribute:
      return ".gitattributes has no line for it";
    case LfsReason::size:
      return "it is over 10 MiB";
    case LfsReason::hub_default:
      return "the hub's default attributes say so";
    case LfsReason::no_default:
      return "the hub's default attributes have no line for it";
    case LfsReason::upload_size:
      return "aistudio-sdk takes files over 5 MiB for large ones";
  }
  throw Error(Cause::internal, "a reason has no words");
}

void LfsDecisions::add(const LfsDecision& decision) {
  if (decision.reason != LfsReason::empty)
    ++counts_[decision.reason][decision.kind == HashKind::sha256 ? 1 : 0];
}

std::string LfsDecisions::text() const {
  std::string text;
  for (const auto& [reason, counts] : counts_)
    for (const bool large : {true, false})
      if (const std::size_t count = counts[large ? 1 : 0]; count > 0)
        text += (text.empty() ? "" : "; ") + std::to_string(count) + (large ? " large" : " regular") +
                ", since " + std::string(words(reason));
  return text;
}

LfsRule::LfsRule(RepoType type, const std::vector<GitAttributesText>& files, LfsHabit habit)
    : attributes_(files), habit_(habit) {
  if (habit == LfsHabit::aistudio) return;
  const bool has_root = std::any_of(files.begin(), files.end(),
                                    [](const GitAttributesText& file) { return file.directory.empty(); });
  if (has_root) return;
  const std::string text = default_attributes(type);
  defaults_ = GitAttributes({{"", text}});
}

LfsDecision LfsRule::decide(const RelPath& path, std::uint64_t size) const {
  if (size == 0) return {HashKind::git_sha1, LfsReason::empty};
  const FilterAttribute said = attributes_.filter(path);
  if (said == FilterAttribute::lfs) return {HashKind::sha256, LfsReason::attributes};
  if (said == FilterAttribute::other) return {HashKind::git_sha1, LfsReason::attributes};
  if (habit_ == LfsHabit::aistudio)
    return {size > largest_regular_upload ? HashKind::sha256 : HashKind::git_sha1, LfsReason::upload_size};
  if (defaults_ && defaults_->filter(path) == FilterAttribute::lfs)
    return {HashKind::sha256, LfsReason::hub_default};
  if (size > largest_regular_file) return {HashKind::sha256, LfsReason::size};
  return {HashKind::git_sha1, defaults_ ? LfsReason::no_default : LfsReason::no_attribute};
}

}  // namespace modelcache
