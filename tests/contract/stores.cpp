// SPDX-License-Identifier: Apache-2.0
#include "contract/stores.hpp"

#include "modelcache/store/open.hpp"

namespace modelcache::test {

namespace {

SourceCase clone_case(const std::string& name, const std::string& make, const std::string& path,
                      const std::string& lose) {
  SourceCase one;
  one.name = name;
  one.make = [=](const Sample& sample) { sample.lab().sh(make); };
  one.open = [=](const Sample& sample) {
    SourceOptions options;
    options.repo = sample.repo();
    return open_source({Layout::clone, sample.lab().path(path)}, options);
  };
  one.lose_model = lose;
  one.keeps_commit = true;
  return one;
}

SourceCase cache_case(const std::string& name, Sample::Form form, const std::string& lose) {
  SourceCase one;
  one.name = name;
  one.make = [=](const Sample& sample) { sample.make_cache(form, "cache"); };
  one.open = [](const Sample& sample) { return open_source({Layout::hf, sample.lab().path("cache")}, {}); };
  one.lose_model = lose;
  one.lists_all = form != Sample::Form::without_trees;
  one.knows_absent = true;
  return one;
}

SourceCase directory_case(const std::string& name, Sample::Notes notes) {
  SourceCase one;
  one.name = name;
  one.make = [=](const Sample& sample) { sample.make_directory(notes, "directory"); };
  one.open = [=](const Sample& sample) {
    SourceOptions options;
    if (notes == Sample::Notes::of_client) options.repo = sample.repo();
    return open_source({Layout::dir, sample.lab().path("directory")}, options);
  };
  one.lose_model = "rm directory/model.bin directory/dir/same.bin";
  one.keeps_commit = notes == Sample::Notes::ours;
  return one;
}

SinkCase hub_case(const std::string& name, const std::string& make, HfForm form = HfForm::automatic) {
  SinkCase one;
  one.name = name;
  one.path = "hub";
  one.make = [=](const Sample& sample) { sample.lab().sh(make); };
  one.open = [=](const Sample& sample) {
    SinkOptions options;
    options.hf_form = form;
    return open_sink({Layout::hf, sample.lab().path("hub")}, options);
  };
  one.read = [](const Sample& sample) { return open_source({Layout::hf, sample.lab().path("hub")}, {}); };
  return one;
}

SinkCase plain_case(const std::string& name, const std::string& make) {
  SinkCase one;
  one.name = name;
  one.path = "place";
  one.make = [=](const Sample& sample) { sample.lab().sh(make); };
  one.open = [](const Sample& sample) {
    return open_sink({Layout::dir, sample.lab().path("place/model")}, {});
  };
  one.read = [](const Sample& sample) {
    return open_source({Layout::dir, sample.lab().path("place/model")}, {});
  };
  one.name_of = [](const Entry& entry) { return std::string(entry.path.name()); };
  one.repos = SinkCase::Repos::one;
  return one;
}

SinkCase new_clone_case(const std::string& name, CloneFiles files) {
  SinkCase one;
  one.name = name;
  one.path = "made";
  one.make = [](const Sample& sample) { sample.lab().sh("mkdir made"); };
  one.open = [=](const Sample& sample) {
    SinkOptions options;
    options.clone.files = files;
    return open_sink({Layout::clone, sample.lab().path("made/clone")}, options);
  };
  one.read = [](const Sample& sample) {
    return open_source({Layout::clone, sample.lab().path("made/clone")}, {});
  };
  one.repos = SinkCase::Repos::one;
  one.is_made_once = true;
  one.is_clone = true;
  return one;
}

}  // namespace

const std::vector<SourceCase>& source_cases() {
  static const std::string repo = "cache/models--org--demo";
  static const std::string lose_blob = "rm " + repo + "/blobs/$(sha256sum <clone/model.bin | cut -c1-64)";
  static const std::vector<SourceCase> cases{
      clone_case("clone", ":", "clone", "rm -r clone/.git/lfs/objects clone/model.bin clone/dir/same.bin"),
      clone_case("bare clone", "git clone -q --bare clone bare; cp -r clone/.git/lfs bare/", "bare",
                 "rm -r bare/lfs/objects"),
      clone_case("linked worktree",
                 "mkdir in; mv clone in/clone; git -C in/clone worktree add -q --detach ../linked; "
                 "ln -s in/clone clone",
                 "in/linked", "rm -r clone/.git/lfs/objects in/linked/model.bin in/linked/dir/same.bin"),
      cache_case("hub cache", Sample::Form::links, lose_blob),
      cache_case("hub cache without links", Sample::Form::plain_files,
                 "rm " + repo + "/snapshots/*/model.bin " + repo + "/snapshots/*/dir/same.bin"),
      cache_case("hub cache with a shared store", Sample::Form::shared_store, "rm -r cache/blobs/??"),
      cache_case("hub cache without listings", Sample::Form::without_trees, lose_blob),
      directory_case("directory", Sample::Notes::ours),
      directory_case("directory of a client", Sample::Notes::of_client)};
  return cases;
}

const std::vector<SinkCase>& sink_cases() {
  static const std::vector<SinkCase> cases{
      hub_case("new hub cache", ":"),
      hub_case("hub cache with a marked shared store",
               "mkdir -p hub/blobs; printf '1\\n' >hub/blobs/.huggingface-shared-blobs"),
      hub_case("hub cache of files", ":", HfForm::files),
      hub_case("hub cache that shares", ":", HfForm::shared),
      plain_case("new directory", ":"),
      plain_case("directory that is there", "mkdir -p place/model"),
      new_clone_case("new clone", CloneFiles::contents),
      new_clone_case("new clone with pointers", CloneFiles::pointers)};
  return cases;
}

}  // namespace modelcache::test
