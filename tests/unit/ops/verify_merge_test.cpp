// SPDX-License-Identifier: Apache-2.0
#include "modelcache/ops/verify_merge.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>

using namespace modelcache;
using namespace modelcache::test;

namespace {

std::string head(int shard, int shards, const std::string& files, const std::string& more = {}) {
  return R"({"record":"shard","shard":)" + std::to_string(shard) + R"(,"shards":)" + std::to_string(shards) +
         R"(,"version":"1.2.3","listing":"sha256:aa","files":)" + files +
         R"(,"checks":"contents","place_is":"repo")" + more + "}";
}

std::string file(int number, const std::string& more = {}) {
  return R"({"record":"file","place":"dir:/d","repo":"","repo_type":null,"commit":null,"path":"f)" +
         std::to_string(number) +
         R"(","status":"matched","expected":"sha256:bb","actual":"sha256:bb","size":3,"source":"manifest","number":)" +
         std::to_string(number) + more + "}";
}

std::string summary(int matched, const std::string& more = {}) {
  return R"({"record":"summary","status":0,"matched":)" + std::to_string(matched) +
         R"(,"unmatched":0,"missing":0,"extra":0,"skipped":0,"unverifiable":0,"pointer":0,"unchecked":0,)" +
         R"("bytes_hashed":10,"seconds":2)" + more + "}";
}

const std::string finding =
    R"({"record":"finding","code":"stray_entry","severity":"warning","repo":null,"path":"x","detail":"y"})";

// With one text in place of another.
std::string with(std::string line, std::string_view before, std::string_view after) {
  const std::size_t at = line.find(before);
  if (at == std::string::npos) throw std::runtime_error("nothing to replace in " + line);
  return line.replace(at, before.size(), after);
}

JsonFlaw flaw_of(const std::string& line) {
  ReportLine read;
  return parse_report_line(line, read);
}

class Reports {
 public:
  void add(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    add_text(text);
  }
  void add_text(const std::string& text) {
    const std::string name = "r" + std::to_string(paths.size());
    dir.write(name, text);
    paths.push_back(dir.path(name));
  }

  // Why they are not merged; empty: they are.
  std::string refusal() const {
    const Thrown thrown = thrown_by([&] { return VerifyMerge(paths, nullptr).seconds(); });
    if (thrown.cause) CHECK(thrown.cause == Cause::refused);
    return thrown.message;
  }
  std::string told() const {
    std::string all;
    VerifyMerge(paths, nullptr)
        .visit({[&](const Finding& one) { all += one.path + "! "; },
                [&](const ReportedFile& one) { all += one.file.path + " "; }});
    return all;
  }

  TempDir dir;
  std::vector<std::string> paths;
};

bool holds(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return true;
}

}  // namespace

TEST_CASE("a line of a report is taken with all that it says") {
  ReportLine read;
  REQUIRE_FALSE(parse_report_line(head(2, 4, "9", R"(,"more":[{"x":[]}])"), read));
  CHECK(std::get<ShardHead>(read) == ShardHead{{2, 4}, "1.2.3", "sha256:aa", 9, false, false});
  const std::string odd =
      with(file(7, R"(,"path_b64":"Zv8=","reason":"why")"), R"("path":"f7")", R"("path":"f�")");
  REQUIRE_FALSE(parse_report_line(odd, read));
  const VerifiedFile& one = std::get<ReportedFile>(read).file;
  CHECK(one.path == "f\xff");
  CHECK(one.reason == "why");
  CHECK(one.number == 7);
  CHECK(one.size == 3);
  CHECK(one.origin == EvidenceOrigin::manifest);
  REQUIRE_FALSE(parse_report_line(finding, read));
  CHECK(std::get<Finding>(read) == Finding{FindingCode::stray_entry, Severity::warning, "", "x", "y"});
  REQUIRE_FALSE(parse_report_line(summary(5), read));
  CHECK(std::get<ReportSummary>(read).counts.front() == 5);
  for (const VerifyStatus status : verify_statuses)
    CHECK_FALSE(flaw_of(with(file(1), "matched", to_string(status))));
}

TEST_CASE("a line of another form is none of a report") {
  for (const std::string& line :
       {std::string(),
        std::string("{"),
        std::string("[]"),
        std::string("null"),
        std::string("{}"),
        std::string("\xef\xbb\xbf") + summary(1),
        summary(1) + " {}",
        with(summary(1), "summary", "step"),
        with(head(1, 4, "9"), "\"shard\":1", "\"shard\":0"),
        with(head(1, 4, "9"), "\"shard\":1", "\"shard\":5"),
        with(head(1, 4, "9"), "\"shard\":1", "\"shard\":1.0"),
        with(head(1, 4, "9"), "\"shards\":4", "\"shards\":-4"),
        with(head(1, 4, "9"), "\"shards\":4", "\"shards\":1000001"),
        head(1, 4, "null"),
        head(1, 4, "\"9\""),
        head(1, 4, "9223372036854775808"),
        with(head(1, 4, "9"), "contents", "all"),
        with(head(1, 4, "9"), "\"place_is\":\"repo\"", "\"x\":1"),
        with(head(1, 4, "9"), "\"1.2.3\"", "1"),
        head(1, 4, "9", R"(,"shard":1)"),
        with(file(1), "matched", "good"),
        with(file(1), "\"matched\"", "null"),
        with(file(1), "\"f1\"", "null"),
        with(file(1), "\"size\":3", "\"size\":-3"),
        with(file(1), "\"size\":3", "\"size\":[3]"),
        with(file(1), "\"size\":3,", ""),
        with(file(1), "manifest", "me"),
        with(file(1), "\"repo_type\":null", "\"repo_type\":\"models\""),
        with(file(1), "\"number\":1", "\"x\":1"),
        file(1, R"(,"path_b64":"Zv8=")"),
        file(1, R"(,"path_b64":"!")"),
        file(1, R"(,"path_b64":"ZjE=")"),
        with(finding, "stray_entry", "other"),
        with(finding, "warning", "bad"),
        with(summary(1), "\"missing\":0,", ""),
        with(summary(1), "\"status\":0", "\"status\":\"0\""),
        with(summary(1), "\"seconds\":2", "\"seconds\":" + std::string(40, '[') + std::string(40, ']'))}) {
    CAPTURE(line);
    CHECK(flaw_of(line));
  }
  std::string with_nul = file(1);
  with_nul.back() = '\0';
  CHECK(flaw_of(with_nul));
}

TEST_CASE("reports of all shards are told in the order of the files") {
  Reports reports;
  reports.add({head(2, 3, "5"), file(1), file(4), summary(2)});
  reports.add({head(1, 3, "5"), finding, file(0), file(2), summary(2)});
  reports.add({head(3, 3, "5"), file(3), summary(1)});
  CHECK(reports.told() == "x! f0 f1 f2 f3 f4 ");
  const VerifyMerge merge(reports.paths, nullptr);
  CHECK(merge.bytes_hashed() == 30);
  CHECK(merge.seconds() == 6);
  std::reverse(reports.paths.begin(), reports.paths.end());
  CHECK(reports.told() == "x! f0 f1 f2 f3 f4 ");
  Reports none;
  none.add({head(1, 1, "0"), summary(0)});
  CHECK(none.told().empty());
}

TEST_CASE("every shard that has no whole report is named at once") {
  Reports reports;
  reports.add({head(1, 5, "9"), file(0), summary(1)});
  reports.add({head(2, 5, "9"), file(1)});
  reports.add_text(head(3, 5, "9") + "\n" + file(2).substr(0, 30));
  reports.add({head(4, 5, "9"), with(summary(0), "\"unchecked\":0", "\"unchecked\":3")});
  const std::string text = reports.refusal();
  holds(text, "r1': it ends without a summary");
  holds(text, "r2': line 2: it has no end");
  holds(text, "r3': line 2: the run left 3 files unchecked");
  holds(text, "run again: --shard 2/5, --shard 3/5, --shard 4/5, --shard 5/5");
  CHECK(text.find("--shard 1/5") == std::string::npos);
}

TEST_CASE("a million missing reports are not told one by one") {
  Reports reports;
  reports.add({head(1000000, 1000000, "1"), summary(0)});
  const std::string text = reports.refusal();
  holds(text, "--shard 100/1000000, and 999899 more");
  CHECK(text.size() < 4000);
}

TEST_CASE("reports that do not belong together are refused") {
  const std::vector<std::string> one{head(1, 2, "2"), file(0), summary(1)};
  const auto refusal = [&](const std::string& other_head) {
    Reports reports;
    reports.add(one);
    reports.add({other_head, file(1), summary(1)});
    return reports.refusal();
  };
  CHECK(refusal(head(2, 2, "2")).empty());
  holds(refusal(with(head(2, 2, "2"), "1.2.3", "1.2.4")), "of different versions, 1.2.3 and 1.2.4");
  holds(refusal(with(head(2, 2, "2"), "sha256:aa", "sha256:ab")), "of different trees");
  holds(refusal(head(2, 2, "3")), "of different trees");
  holds(refusal(head(2, 3, "2")), "of 2 and of 3 shards");
  holds(refusal(with(head(2, 2, "2"), "contents", "sizes")), "with --quick and without");
  holds(refusal(with(head(2, 2, "2"), "\"repo\"", "\"cache\"")), "of different trees");
  holds(refusal(head(1, 2, "2")), "are both of shard 1/2; run again: --shard 2/2");
}

TEST_CASE("a report that does not agree with itself is refused, with its line") {
  const auto refusal = [&](const std::vector<std::string>& lines) {
    Reports reports;
    reports.add(lines);
    return reports.refusal();
  };
  CHECK(refusal({head(1, 1, "2"), file(0), file(1), summary(2)}).empty());
  holds(refusal({}), "it is empty");
  holds(refusal({file(0), summary(1)}), "line 1: it is no shard record");
  holds(refusal({with(summary(0), "\"status\":0", "\"status\":4")}), "line 1: the run ended with 4 before");
  holds(refusal({head(1, 1, "2"), file(1), file(0), summary(2)}), "line 3: the files are not in order");
  holds(refusal({head(1, 1, "2"), file(0), file(0), summary(2)}), "line 3: the files are not in order");
  holds(refusal({head(1, 1, "2"), file(0), file(2), summary(2)}), "line 3: there is no file 2");
  holds(refusal({head(1, 1, "2"), file(0), file(1), summary(3)}), "line 4: the files are not as many");
  holds(refusal({head(1, 1, "2"), file(0), summary(1)}), "they tell of 1 of 2 files");
  holds(refusal({head(1, 1, "1"), head(1, 1, "1"), file(0), summary(1)}), "line 2: a second shard record");
  holds(refusal({head(1, 1, "1"), file(0), summary(1), file(0)}), "line 4: something follows the summary");
  holds(refusal({head(1, 1, "1"), file(0), finding, summary(1)}), "line 3: a finding behind files");
  holds(refusal({head(2, 2, "1"), finding, file(0), summary(1)}), "line 2: a finding, which only the first");
  holds(refusal({head(1, 1, "1"), "nonsense"}), "line 2: it is not JSON");
  holds(refusal({head(1, 1, "1"), with(file(0), "f0", std::string(300'000, 'x'))}),
        "line 2: it has more than");
  holds(refusal({head(1, 1, "1"), with(summary(0), "\"status\":0", "\"status\":3")}), "the run ended with 3");
  // Two that agree with themselves and not with each other: told while it is merged.
  Reports reports;
  reports.add({head(1, 2, "2"), file(0), summary(1)});
  reports.add({head(2, 2, "2"), file(0), summary(1)});
  CHECK(thrown_by([&] { return reports.told(); }).cause == Cause::refused);
  Reports absent;
  absent.paths.push_back(absent.dir.path("none"));
  holds(absent.refusal(), "there is no such file");
}

TEST_CASE("more reports than files may be open are merged") {
  Reports reports;
  constexpr int count = 1500;
  for (int i = 0; i < count; ++i)
    reports.add({head(i + 1, count, std::to_string(count)), file(count - 1 - i), summary(1)});
  const std::string told = reports.told();
  CHECK(std::count(told.begin(), told.end(), ' ') == count);
  CHECK(told.starts_with("f0 f1 f2 "));
}
