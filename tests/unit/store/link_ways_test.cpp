// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/link_ways.hpp"

#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace modelcache;
using test::TempDir;

namespace {

using Link = PutOptions::Link;

PutOptions options_of(Link link) {
  PutOptions options;
  options.link = link;
  return options;
}

}  // namespace

TEST_CASE("links are foreseen between stores only, hard ones on one file system") {
  const TempDir temp;
  const Dir here = temp.open();
  const std::uint64_t device = here.own_status().device;
  const ContentPlace near_store{Content::Origin::store, device};
  const ContentPlace far_store{Content::Origin::store, device + 1};
  const ContentPlace near_file{Content::Origin::working_file, device};
  CHECK(foresee_method(here, near_store, options_of(Link::hardlink)) == Method::hardlink);
  CHECK(foresee_method(here, far_store, options_of(Link::hardlink)) != Method::hardlink);
  CHECK(foresee_method(here, near_file, options_of(Link::hardlink)) != Method::hardlink);
  CHECK(foresee_method(here, far_store, options_of(Link::symlink)) == Method::symlink);
  CHECK(foresee_method(here, near_file, options_of(Link::symlink)) != Method::symlink);
  CHECK(foresee_method(here, near_file, options_of(Link::reflink)) == Method::reflink);
  CHECK(foresee_method(here, near_store, options_of(Link::copy)) == Method::copy);
  for (const Link link : {Link::automatic, Link::reflink, Link::hardlink, Link::symlink, Link::copy})
    CHECK(foresee_method(here, std::nullopt, options_of(link)) == Method::copy);
}

TEST_CASE("a link is believed where it leads, absolute, to a file of the size") {
  const TempDir temp;
  temp.write("file", "12345");
  temp.make_dir("directory");
  temp.link("file", "link");
  CHECK(leads_to_size(temp.path("file"), 5));
  CHECK_FALSE(leads_to_size(temp.path("file"), 4));
  for (const std::string& text :
       {temp.path("absent"), temp.path("directory"), temp.path("link"), temp.path("absent/file"),
        temp.path(".."), std::string("file"), std::string(), std::string("/")}) {
    CAPTURE(text);
    CHECK_FALSE(leads_to_size(text, 5));
  }
}
