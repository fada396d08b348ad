#pragma once

// The little of SQLite's interface that event_file needs, with errors as exceptions. No threads of
// its own; one at a time.

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace ws_demo::sqlite {

/// Somebody else holds the database locked.
struct locked : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// @throws locked, or std::runtime_error, with SQLite's text for its last error
[[noreturn]] void fail(sqlite3* in);

struct close {
  void operator()(sqlite3* d) const;
};
using database = std::unique_ptr<sqlite3, close>;

/// A prepared statement. Its functions throw as fail() does.
class statement {
 public:
  statement() = default;
  /// @param in outlives it
  statement(sqlite3* in, std::string_view text);

  /// The parameters are numbered from 1. A text is valid up to the end of step().
  statement& bind(int parameter, std::int64_t value);
  statement& bind(int parameter, std::string_view value);
  /// @returns whether there is a row; without one, the statement can be run again.
  bool step();
  /// The columns are numbered from 0. A text is valid until the next step().
  std::int64_t number(int column) const;
  std::string_view text(int column) const;

 private:
  struct finalize {
    void operator()(sqlite3_stmt* s) const;
  };
  sqlite3* in_ = nullptr;
  std::unique_ptr<sqlite3_stmt, finalize> prepared_;
};

}  // namespace ws_demo::sqlite
