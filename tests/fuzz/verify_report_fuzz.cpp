// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/error.hpp"
#include "modelcache/cli/verify_report.hpp"
#include "modelcache/ops/verify_merge.hpp"

#include "support/temp_dir.hpp"

#include <unistd.h>

#include <algorithm>

#include "fuzz.hpp"

using namespace modelcache;

namespace {

// What we write of what we read.
std::string written(const ReportLine& line) {
  if (const auto* head = std::get_if<ShardHead>(&line)) return cli::record_of(*head).line();
  const auto* one = std::get_if<ReportedFile>(&line);
  if (one == nullptr) return {};
  return cli::record_of(one->place, one->file).number("number", one->file.number).line();
}

void read_line(std::string_view text) {
  ReportLine line;
  if (parse_report_line(text, line)) return;
  const std::string first = written(line);
  if (first.empty() || first.size() > longest_report_line) return;
  ReportLine again;
  fuzz::claim(!parse_report_line(first, again), "what is written reads back");
  fuzz::claim(written(again) == first, "it reads back the same");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    read_line(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  static const test::TempDir dir;
  // A file that is cut short and written again is one that some file systems bring to disk at once.
  ::unlink(dir.path("report").c_str());
  dir.write("report", text);
  try {
    VerifyMerge merge({dir.path("report")}, nullptr);
    std::uint64_t files = 0;
    merge.visit({[](const Finding&) {},
                 [&](const ReportedFile& one) {
                   fuzz::claim(one.file.number == files++, "each file is told once, in order");
                 }});
  } catch (const Error& error) {
    fuzz::claim(error.cause() == Cause::refused, "what is not read is refused");
  }
  return 0;
}
