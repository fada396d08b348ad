#include "http/static_files.hpp"

#include "common/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;
namespace fs = std::filesystem;

/// What a page may do: load what this server serves, and talk to WebSockets.
constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self' ws: wss:; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

std::string_view type_of(std::string_view path) {
  struct known {
    std::string_view extension;
    std::string_view type;
  };
  static constexpr std::array types{known{".html", "text/html; charset=utf-8"},
                                    known{".js", "text/javascript; charset=utf-8"},
                                    known{".css", "text/css; charset=utf-8"},
                                    known{".json", "application/json"},
                                    known{".map", "application/json"},
                                    known{".svg", "image/svg+xml"},
                                    known{".png", "image/png"},
                                    known{".jpg", "image/jpeg"},
                                    known{".gif", "image/gif"},
                                    known{".webp", "image/webp"},
                                    known{".ico", "image/x-icon"},
                                    known{".woff2", "font/woff2"},
                                    known{".txt", "text/plain; charset=utf-8"},
                                    known{".wasm", "application/wasm"},
                                    known{".webmanifest", "application/manifest+json"}};
  const auto* const found = std::ranges::find_if(
      types, [path](const known& each) { return path.ends_with(each.extension); });
  return found == types.end() ? "application/octet-stream" : found->type;
}

/// A strong validator (RFC 9110 section 8.8.3): the FNV-1a hash and the length of the bytes.
std::string etag_of(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("\"{:016x}-{:x}\"", hash, bytes.size());
}

/// How many items of Accept-Encoding are looked at. There are not that many encodings.
constexpr int max_encodings = 32;

/// How much the client wants this encoding, from 0 (not at all) to 1 (RFC 9110 section 12.4.2,
/// section 12.5.3).
double quality(std::string_view accepted, std::string_view encoding) {
  // Unnamed, the file itself will do, but anything that is named is wanted more.
  double result = encoding == "identity" ? 0.0001 : 0;
  bool named = false;
  for (int count = 0; !accepted.empty() && count < max_encodings; ++count) {
    auto item = take_item(accepted, ',');
    const auto name = take_item(item, ';');
    const bool is_it = equal_ignoring_case(name, encoding);
    if (!is_it && (named || name != "*")) continue;
    named = named || is_it;
    result = 1;
    const auto weight = take_item(item, ';');
    const char* const digits = weight.data();
    if (weight.starts_with("q=") || weight.starts_with("Q="))
      std::from_chars(digits + 2, digits + weight.size(), result);
  }
  return result;
}

/// Whether If-None-Match names this validator; weakness does not matter there.
bool client_has(std::string_view known, std::string_view etag) {
  if (known == "*") return true;
  while (!known.empty()) {
    auto item = take_item(known, ',');
    if (item.starts_with("W/")) item.remove_prefix(2);
    if (item == etag) return true;
  }
  return false;
}

std::string_view field_of(const request_head& request, http::field field) {
  const auto value = request[field];
  return {value.data(), value.size()};
}

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) throw std::runtime_error("cannot read " + file.string());
  return bytes;
}

}  // namespace

static_files::static_files(const fs::path& folder, std::size_t limit_bytes) {
  const auto refuse = [&folder](const std::string& why) {
    throw std::runtime_error("cannot serve the page in " + folder.string() + ": " + why);
  };
  std::unordered_map<std::string, shared_body::value_type> found;
  std::size_t total = 0;
  try {
    for (auto at = fs::recursive_directory_iterator(folder); at != fs::end(at); ++at) {
      const bool hidden = at->path().filename().string().starts_with('.');
      if (hidden && at->is_directory()) at.disable_recursion_pending();
      if (hidden || at->is_symlink() || !at->is_regular_file()) continue;
      total += at->file_size();
      if (total > limit_bytes) refuse(fmt::format("it is larger than {} bytes", limit_bytes));
      const auto path = fmt::format("/{}", at->path().lexically_relative(folder).generic_string());
      found[path] = std::make_shared<const std::string>(read(at->path()));
    }
  } catch (const fs::filesystem_error& error) {
    refuse(error.code().message());
  }
  if (!found.contains("/index.html")) refuse("it has no index.html");

  const auto add = [&found](forms& to, const std::string& path, std::string_view encoding) {
    if (const auto at = found.find(path); at != found.end())
      to.push_back({encoding, etag_of(*at->second), at->second});
  };
  for (const auto& [path, bytes] : found) {
    const bool is_form = path.ends_with(".br") || path.ends_with(".gz");
    if (is_form && found.contains(path.substr(0, path.size() - 3))) continue;
    auto& of_this = files_[path];
    add(of_this, path + ".br", "br");
    add(of_this, path + ".gz", "gzip");
    add(of_this, path, "identity");
  }
}

const static_files::form& static_files::preferred(const forms& available,
                                                  std::string_view accepted) {
  const auto wanted = [accepted](const form& f) { return quality(accepted, f.encoding); };
  const auto best = std::ranges::max_element(available, {}, wanted);
  return wanted(*best) > 0 ? *best : available.back();
}

std::optional<response> static_files::answer(const request_head& request,
                                             std::string_view path) const {
  const auto name = percent_decoded(path == "/" ? "/index.html" : path);
  if (!name) return std::nullopt;
  const auto file = files_.find(*name);
  if (file == files_.end()) return std::nullopt;

  const form& chosen = preferred(file->second, field_of(request, http::field::accept_encoding));
  auto result = make_answer(http::status::ok, type_of(*name), chosen.bytes);
  if (client_has(field_of(request, http::field::if_none_match), chosen.etag)) {
    result.result(http::status::not_modified);
    result.body() = nullptr;
    result.erase(http::field::content_length);
    result.erase(http::field::content_type);
  } else if (chosen.encoding != "identity") {
    result.set(http::field::content_encoding, chosen.encoding);
  }
  result.set(http::field::etag, chosen.etag);
  if (file->second.size() > 1) result.set(http::field::vary, "Accept-Encoding");
  // Vite puts a hash of the content into the names of what is below /assets/.
  result.set(http::field::cache_control,
             name->starts_with("/assets/") ? "public, max-age=31536000, immutable" : "no-cache");
  if (name->ends_with(".html")) {
    result.set("Content-Security-Policy", page_policy);
    result.set("Referrer-Policy", "no-referrer");
  }
  return result;
}

}  // namespace ws_demo
