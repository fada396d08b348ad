#pragma once

// The files of the built page, read into memory once at start. A request only looks up a path among
// them: it cannot leave the folder, and does not wait for the disk.

#include "http/message.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ws_demo {

/// Immutable once made; may be read from any thread.
class static_files {
 public:
  /// Limit of all files together.
  static constexpr std::size_t max_total_bytes = std::size_t{64} << 20;

  /// No files at all.
  static_files() = default;

  /// Reads the regular files in and below `folder`, without symbolic links and names that begin
  /// with a dot. `x.br` and `x.gz` are the compressed forms of `x`.
  /// @throws std::runtime_error, one line, if the folder cannot be read, has no index.html, or is
  /// larger than `limit_bytes`.
  explicit static_files(const std::filesystem::path& folder,
                        std::size_t limit_bytes = max_total_bytes);

  bool empty() const { return files_.empty(); }

  /// The answer to a GET of this path (percent-encoded, without query), or to a HEAD, complete but
  /// for `Connection`: 200 with the encoding that the client prefers (RFC 9110 section 12.5.3), or
  /// 304 if it has that already (section 13.1.2). Nothing if there is no such file.
  std::optional<response> answer(const request_head& request, std::string_view path) const;

 private:
  /// A file's bytes in one Content-Encoding.
  struct form {
    std::string_view encoding;
    std::string etag;
    shared_body::value_type bytes;
  };
  /// Best first; the last is the file itself ("identity").
  using forms = std::vector<form>;

  /// @param accepted the value of Accept-Encoding.
  static const form& preferred(const forms& available, std::string_view accepted);

  std::unordered_map<std::string, forms> files_;  // by path: "/index.html"
};

}  // namespace ws_demo
