#include "http/static_files.hpp"

#include "http/routing.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace ws_demo {
namespace {

namespace fs = std::filesystem;
namespace http = boost::beast::http;
using http::field;
using http::status;
using http::verb;

/// A folder as `vite build` leaves it, for the length of a test.
class StaticFiles : public ::testing::Test {
 public:
  StaticFiles()
      : root(fs::path(::testing::TempDir()) / ("ws_demo_page_" + std::to_string(::getpid()))) {
    write("index.html", "<!doctype html>");
    write("assets/app-1a2b.js", "const plain = 1;");
    write("assets/app-1a2b.js.br", "in brotli");
    write("assets/app-1a2b.js.gz", "in gzip");
    write("a b.txt", "spaced");
    write(".env", "secret");
    write(".git/config", "secret");
    fs::create_symlink("/etc/passwd", root / "link.txt");
    fs::create_directory_symlink("/etc", root / "linked");
  }
  ~StaticFiles() override { fs::remove_all(root); }
  StaticFiles(const StaticFiles&) = delete;
  StaticFiles& operator=(const StaticFiles&) = delete;

 protected:
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((root / name).parent_path());
    std::ofstream(root / name) << text;
  }

  static request_head get(std::string_view target, std::string_view encodings = "") {
    request_head request{verb::get, target, 11};
    request.set(field::host, "localhost");
    if (!encodings.empty()) request.set(field::accept_encoding, encodings);
    return request;
  }

  response answer(const request_head& request) const {
    const static_files page(root);
    resources here;
    here.page = &page;
    return std::get<response>(route(request, false, here));
  }

  fs::path root;
};

TEST_F(StaticFiles, TheRootIsTheIndex) {
  for (const char* target : {"/", "/index.html", "/?server=ws://x", "/%69ndex.html"}) {
    const auto page = answer(get(target));
    EXPECT_EQ(page.result(), status::ok) << target;
    EXPECT_EQ(*page.body(), "<!doctype html>");
    EXPECT_EQ(page[field::content_type], "text/html; charset=utf-8");
    EXPECT_EQ(page[field::cache_control], "no-cache");
    EXPECT_NE(page["Content-Security-Policy"].find("default-src 'none'"), std::string::npos);
    EXPECT_EQ(page["Content-Security-Policy"].find("unsafe"), std::string::npos);
    EXPECT_EQ(page["X-Content-Type-Options"], "nosniff");
    EXPECT_EQ(page.count(field::vary), 0U);
  }
}

TEST_F(StaticFiles, AnAssetIsCachedForAYear) {
  const auto asset = answer(get("/assets/app-1a2b.js"));
  EXPECT_EQ(*asset.body(), "const plain = 1;");
  EXPECT_EQ(asset[field::content_type], "text/javascript; charset=utf-8");
  EXPECT_EQ(asset[field::cache_control], "public, max-age=31536000, immutable");
  EXPECT_EQ(asset[field::vary], "Accept-Encoding");
}

TEST_F(StaticFiles, TheFormTheClientPrefers) {
  struct example {
    const char* accepts;
    const char* encoding;
  };
  for (const auto& [accepts, encoding] : {
           example{"", ""},
           {"gzip, deflate, br, zstd", "br"},
           {"gzip", "gzip"},
           {"GZIP", "gzip"},
           {"br;q=0.5, gzip;q=0.8", "gzip"},
           {"br;q=0, gzip", "gzip"},
           {"gzip;q=0", ""},
           {"gzip;q=0.1", "gzip"},
           {"gzip;q=0.1, identity;q=0.5", ""},
           {"*", "br"},
           {"*;q=0, gzip", "gzip"},
           {"identity;q=0, *;q=0", ""},
           {"deflate", ""},
           {"gzip;q=nonsense", "gzip"},
           {";;;,,=", ""},
       })
    EXPECT_EQ(answer(get("/assets/app-1a2b.js", accepts))[field::content_encoding], encoding)
        << accepts;
  const auto compressed = answer(get("/assets/app-1a2b.js", "gzip"));
  EXPECT_EQ(*compressed.body(), "in gzip");
  EXPECT_EQ(compressed[field::content_type], "text/javascript; charset=utf-8");
}

TEST_F(StaticFiles, WhatTheClientHasIsNotSentAgain) {
  const auto etag = std::string(answer(get("/"))[field::etag]);
  for (const auto& has :
       {etag, "W/" + etag, "\"other\", " + etag + " ,\"more\"", std::string("*")}) {
    auto request = get("/");
    request.set(field::if_none_match, has);
    const auto unchanged = answer(request);
    EXPECT_EQ(unchanged.result(), status::not_modified) << has;
    EXPECT_EQ(unchanged.body(), nullptr);
    EXPECT_EQ(unchanged[field::etag], etag);
    EXPECT_EQ(unchanged[field::cache_control], "no-cache");
    EXPECT_EQ(unchanged.count(field::content_length), 0U);
  }
  for (const auto& has : {std::string("\"other\""), etag.substr(1), std::string(","), "x" + etag}) {
    auto request = get("/");
    request.set(field::if_none_match, has);
    EXPECT_EQ(answer(request).result(), status::ok) << has;
  }
}

TEST_F(StaticFiles, EachFormHasAValidatorOfItsOwn) {
  const std::string_view path = "/assets/app-1a2b.js";
  EXPECT_NE(answer(get(path))[field::etag], answer(get(path, "gzip"))[field::etag]);
  EXPECT_NE(answer(get(path, "br"))[field::etag], answer(get(path, "gzip"))[field::etag]);
}

TEST_F(StaticFiles, HeadIsAnsweredLikeGet) {
  auto request = get("/");
  request.method(verb::head);
  const auto head = answer(request);
  EXPECT_EQ(head.result(), status::ok);
  EXPECT_EQ(head[field::content_length], "15");
}

TEST_F(StaticFiles, OtherMethodsAre405) {
  auto request = get("/");
  request.method(verb::post);
  EXPECT_EQ(answer(request).result(), status::method_not_allowed);
}

TEST_F(StaticFiles, ThereIsNoWayOut) {
  using namespace std::string_view_literals;
  for (const auto target : {"/../etc/passwd"sv,
                            "/assets/../../etc/passwd"sv,
                            "/%2e%2e/etc/passwd"sv,
                            "/..%2fetc%2fpasswd"sv,
                            "/%252e%252e/etc/passwd"sv,
                            "/link.txt"sv,
                            "/linked/passwd"sv,
                            "/.env"sv,
                            "/.git/config"sv,
                            "/index.html%00.js"sv,
                            "/index.html\0"sv,
                            "//index.html"sv,
                            "/assets"sv,
                            "/assets/"sv,
                            "/assets/app-1a2b.js.gz"sv,
                            "/%"sv,
                            "/%zz"sv,
                            "/%6"sv,
                            "/%+1"sv,
                            R"(/\..\etc)"sv,
                            "/nothing"sv})
    EXPECT_EQ(answer(get(target)).result(), status::not_found) << target;
}

TEST_F(StaticFiles, NamesAreDecodedOnce) {
  EXPECT_EQ(*answer(get("/a%20b.txt")).body(), "spaced");
  EXPECT_EQ(answer(get("/a%2520b.txt")).result(), status::not_found);
}

TEST_F(StaticFiles, TheServersOwnPathsWin) {
  write("healthz", "from the folder");
  write("ws", "from the folder");
  EXPECT_EQ(*answer(get("/healthz")).body(), "ok");
  EXPECT_EQ(answer(get("/ws")).result(), status::upgrade_required);
}

TEST_F(StaticFiles, AFolderWithoutAnIndexIsRefused) {
  fs::remove(root / "index.html");
  EXPECT_THROW(static_files{root}, std::runtime_error);
  EXPECT_THROW(static_files{root / "nowhere"}, std::runtime_error);
  EXPECT_THROW(static_files{"/dev/null"}, std::runtime_error);
}

TEST_F(StaticFiles, AFolderOverTheLimitIsRefused) {
  const fs::path small = root / "assets";
  std::ofstream(small / "index.html") << "x";
  const std::size_t total = 1 + 16 + 9 + 7;
  EXPECT_NO_THROW(static_files(small, total));
  EXPECT_THROW(static_files(small, total - 1), std::runtime_error);
}

TEST_F(StaticFiles, ALinkToTheFolderItselfIsFollowed) {
  const auto link = fs::path(root.string() + "_link");
  fs::create_directory_symlink(root, link);
  EXPECT_FALSE(static_files{link}.empty());
  fs::remove(link);
}

}  // namespace
}  // namespace ws_demo
