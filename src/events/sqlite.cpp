#include "events/sqlite.hpp"

#include <sqlite3.h>

#include <cstddef>

namespace ws_demo::sqlite {

void fail(sqlite3* in) {
  if (sqlite3_errcode(in) == SQLITE_BUSY) throw locked(sqlite3_errmsg(in));
  throw std::runtime_error(sqlite3_errmsg(in));
}

void close::operator()(sqlite3* d) const {
  sqlite3_close_v2(d);
}

void statement::finalize::operator()(sqlite3_stmt* s) const {
  sqlite3_finalize(s);
}

statement::statement(sqlite3* in, std::string_view text) : in_(in) {
  sqlite3_stmt* made = nullptr;
  if (sqlite3_prepare_v3(in, text.data(), static_cast<int>(text.size()), SQLITE_PREPARE_PERSISTENT,
                         &made, nullptr) != SQLITE_OK)
    fail(in);
  prepared_.reset(made);
}

statement& statement::bind(int parameter, std::int64_t value) {
  if (sqlite3_bind_int64(prepared_.get(), parameter, value) != SQLITE_OK) fail(in_);
  return *this;
}

statement& statement::bind(int parameter, std::string_view value) {
  if (sqlite3_bind_text64(prepared_.get(), parameter, value.data(), value.size(), SQLITE_STATIC,
                          SQLITE_UTF8) != SQLITE_OK)
    fail(in_);
  return *this;
}

bool statement::step() {
  const int outcome = sqlite3_step(prepared_.get());
  if (outcome == SQLITE_ROW) return true;
  if (sqlite3_reset(prepared_.get()) != SQLITE_OK || outcome != SQLITE_DONE) fail(in_);
  return false;
}

std::int64_t statement::number(int column) const {
  return sqlite3_column_int64(prepared_.get(), column);
}

std::string_view statement::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(prepared_.get(), column));
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(prepared_.get(), column))};
}

}  // namespace ws_demo::sqlite
