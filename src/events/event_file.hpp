#pragma once

// Events in a file: an SQLite database, whose schema is in doc/event-log.md. Blocks. No threads of
// its own.
//
// The file belongs to one process at a time, which may be killed at any moment. Others may read it
// meanwhile, as with sqlite3.

#include "events/sqlite.hpp"
#include "ws_demo/event_log.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace ws_demo {

/// Threads: one at a time.
class event_file {
 public:
  /// Opens the file, or makes it. It must not be moved or replaced while this lives.
  /// @param sync whether what is committed survives a power cut, and not only the process
  /// @param most_topics of so many topics it is remembered which event was dropped last
  /// @throws std::runtime_error, one line that says what failed and why. All others do so too.
  event_file(const std::filesystem::path& file, bool sync, std::size_t most_topics);
  ~event_file();
  event_file(const event_file&) = delete;
  event_file& operator=(const event_file&) = delete;

  const std::string& epoch() const { return epoch_; }
  /// Number of the newest event that there ever was.
  std::uint64_t newest() const { return newest_; }

  /// Calls `kept` for each event, and `gone` for each topic of which events were dropped (see
  /// event_log::reader).
  void read(const std::function<void(std::string_view topic, std::uint64_t number)>& gone,
            const std::function<void(const event_log::event&)>& kept);

  /// What is between begin() and commit() is in the file as a whole or, after rollback() or the end
  /// of the process, not at all.
  void begin();
  void append(const event_log::event& e);
  void drop(std::string_view topic, std::uint64_t number);
  void commit();
  void rollback() noexcept;

  /// Keeps the file small: to be called after commits.
  void tidy();

 private:
  struct close_descriptor {
    int descriptor = -1;
    ~close_descriptor();
  };

  void lock();
  void open(bool sync);
  void expect_in_place() const;
  void create();
  void expect_schema();
  void choose_epoch(bool sync);
  void forget_dropped();
  void run(const std::string& statements);
  std::int64_t ask(std::string_view query);
  std::string setting(std::string_view name);
  void set_setting(std::string_view name, std::string_view value);

  const std::filesystem::path path_;
  const std::int64_t most_topics_;
  close_descriptor lock_;  // is closed after the database: closing it gives up SQLite's own locks
  sqlite::database database_;
  sqlite::statement insert_;
  sqlite::statement erase_;
  sqlite::statement remember_;
  sqlite::statement set_newest_;
  std::string epoch_;
  std::uint64_t newest_ = 0;     // appended
  std::uint64_t committed_ = 0;  // likewise
  int drops_ = 0;                // since forget_dropped()
};

}  // namespace ws_demo
