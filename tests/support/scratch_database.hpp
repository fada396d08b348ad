#pragma once

// The file of an event log, as a test may make it, look into it and change it with SQLite.

#include "scratch_folder.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

namespace ws_demo::testing {

class scratch_database {
 public:
  std::string path() const { return folder_.path() + "/events.db"; }

  /// Another user of the file, as a person with sqlite3 is.
  class user {
   public:
    explicit user(const std::string& path) {
      sqlite3* opened = nullptr;
      const int outcome = sqlite3_open(path.c_str(), &opened);
      database_.reset(opened);
      if (outcome != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(opened));
    }
    void run(const std::string& statements) {
      if (sqlite3_exec(database_.get(), statements.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        throw std::runtime_error(sqlite3_errmsg(database_.get()));
    }
    std::int64_t ask(const std::string& query) {
      std::int64_t number = 0;
      const auto take = [](void* to, int, char** columns, char**) {
        *static_cast<std::int64_t*>(to) = std::stoll(columns[0]);
        return 0;
      };
      if (sqlite3_exec(database_.get(), query.c_str(), take, &number, nullptr) != SQLITE_OK)
        throw std::runtime_error(sqlite3_errmsg(database_.get()));
      return number;
    }

   private:
    struct close {
      void operator()(sqlite3* d) const { sqlite3_close(d); }
    };
    std::unique_ptr<sqlite3, close> database_;
  };
  void run(const std::string& statements) const { user(path()).run(statements); }
  std::int64_t ask(const std::string& query) const { return user(path()).ask(query); }

 private:
  scratch_folder folder_;
};

}  // namespace ws_demo::testing
