#include "events/event_file.hpp"

#include "common/text.hpp"
#include "events/epoch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace ws_demo {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

/// "wsdm": by it, file(1) and others know whose database it is.
constexpr std::int64_t application_id = 0x7773646d;
constexpr std::int64_t schema = 1;
constexpr std::size_t longest_epoch_bytes = 32;

/// How long others may hold the database locked, as a person with sqlite3 does.
constexpr int busy_timeout_ms = 2000;

/// Free pages that stay in the file, and how many are given back at once, with 4 KiB each.
constexpr std::int64_t most_free_pages = 1024;
constexpr int pages_given_back = 256;

/// How often the topics are counted of which events were dropped.
constexpr int drops_between_counts = 10'000;

/// Another one after each start of the system. Nothing where it is hidden, as in some containers.
std::optional<std::string> boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  if (file >> id) return id;
  return std::nullopt;
}

}  // namespace

event_file::close_descriptor::~close_descriptor() {
  if (descriptor >= 0) ::close(descriptor);
}

event_file::event_file(const std::filesystem::path& file, bool sync, std::size_t most_topics) try
    // SQLite takes names that begin with "file:" for URIs, and ":memory:" for no file.
    : path_(std::filesystem::absolute(file)), most_topics_(static_cast<std::int64_t>(most_topics)) {
  lock();
  open(sync);
  insert_ = {database_.get(), "INSERT INTO event VALUES (?, ?, ?, ?)"};
  erase_ = {database_.get(), "DELETE FROM event WHERE number = ?"};
  remember_ = {database_.get(),
               "INSERT INTO dropped VALUES (?, ?) ON CONFLICT DO UPDATE SET number = max(number, "
               "excluded.number)"};
  set_newest_ = {database_.get(), "UPDATE setting SET value = ? WHERE name = 'newest'"};
} catch (const std::runtime_error& error) {
  throw std::runtime_error(
      fmt::format("cannot open the event log {}: {}", printable(file.string()), error.what()));
}

event_file::~event_file() try {
  if (!database_) return;
  rollback();
  set_setting("boot", "");
} catch (const std::exception&) {
  return;  // it is looked after at the next start
}

/// SQLite would share the file.
void event_file::lock() {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): that is how open is declared
  lock_.descriptor = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock_.descriptor < 0) throw std::runtime_error(std::generic_category().message(errno));
  if (::flock(lock_.descriptor, LOCK_EX | LOCK_NB) == 0) return;
  // It stays open: should the other server be in this process, closing it would give up the locks
  // that SQLite has for that one (fcntl(2), F_SETLK).
  lock_.descriptor = -1;
  throw std::runtime_error("another server uses it");
}

void event_file::open(bool sync) {
  sqlite3* opened = nullptr;
  const int outcome =
      sqlite3_open_v2(path_.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(opened);
  if (outcome != SQLITE_OK) sqlite::fail(opened);
  sqlite3_busy_timeout(opened, busy_timeout_ms);
  if (ask("SELECT count(*) FROM sqlite_schema") == 0) {
    create();
  } else {
    expect_schema();
  }
  run("PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 4194304; PRAGMA synchronous = FULL");
  newest_ = committed_ = static_cast<std::uint64_t>(
      ask("SELECT max((SELECT CAST(value AS INTEGER) FROM setting WHERE name = 'newest'),"
          " (SELECT coalesce(max(number), 0) FROM event))"));
  choose_epoch(sync);  // on the disk, or a power cut could take back what it says
  // doc/event-log.md says what this promises.
  if (!sync) run("PRAGMA synchronous = NORMAL");
}

void event_file::create() {
  run("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL");
  begin();
  run("CREATE TABLE event (number INTEGER PRIMARY KEY, topic TEXT NOT NULL, payload TEXT NOT NULL,"
      "  published_ms INTEGER NOT NULL);"
      "CREATE TABLE dropped (topic TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;"
      "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
      "INSERT INTO setting VALUES ('newest', '0'), ('boot', ''), ('sync', '')");
  sqlite::statement(database_.get(), "INSERT INTO setting VALUES ('epoch', ?)")
      .bind(1, random_epoch())
      .step();
  run(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", application_id, schema));
  commit();
}

void event_file::expect_schema() {
  if (ask("PRAGMA application_id") != application_id)
    throw std::runtime_error("it is another program's database");
  const auto found = ask("PRAGMA user_version");
  if (found != schema)
    throw std::runtime_error(
        fmt::format("its schema is version {}, and this program's is version {}", found, schema));
}

/// After a power cut, events may be gone whose numbers subscribers have seen. Unless each commit
/// was synchronous, or it is known that the system has run on, they get another epoch.
void event_file::choose_epoch(bool sync) {
  const auto now = boot_id();
  const auto before = setting("boot");
  begin();
  if (!before.empty() && before != now && setting("sync") != "on")
    set_setting("epoch", random_epoch());
  set_setting("boot", now.value_or("unknown"));
  set_setting("sync", sync ? "on" : "off");
  commit();
  epoch_ = setting("epoch");
  const auto is_alphanumeric = [](unsigned char c) { return c < 0x80 && std::isalnum(c) != 0; };
  if (epoch_.empty() || epoch_.size() > longest_epoch_bytes ||
      !std::ranges::all_of(epoch_, is_alphanumeric))
    throw std::runtime_error("its epoch is not valid");
}

/// A file that is gone, or another one by now, would take events that nobody finds again.
void event_file::expect_in_place() const {
  struct stat named{};
  struct stat opened{};
  if (::fstat(lock_.descriptor, &opened) != 0 || ::stat(path_.c_str(), &named) != 0 ||
      named.st_ino != opened.st_ino || named.st_dev != opened.st_dev)
    throw std::runtime_error("the file was moved, replaced or deleted");
}

void event_file::read(const std::function<void(std::string_view, std::uint64_t)>& gone,
                      const std::function<void(const event_log::event&)>& kept) try {
  const auto read_gone = [&](std::string_view query) {
    sqlite::statement dropped(database_.get(), query);
    while (dropped.step()) gone(dropped.text(0), static_cast<std::uint64_t>(dropped.number(1)));
  };
  read_gone("SELECT topic, number FROM dropped WHERE topic = ''");
  sqlite::statement events(
      database_.get(), "SELECT number, topic, payload, published_ms FROM event ORDER BY number");
  while (events.step())
    kept({.number = static_cast<std::uint64_t>(events.number(0)),
          .topic = events.text(1),
          .payload = events.text(2),
          .at = system_clock::time_point(milliseconds(events.number(3)))});
  read_gone("SELECT topic, number FROM dropped WHERE topic <> ''");
} catch (const std::runtime_error& error) {
  throw std::runtime_error(
      fmt::format("cannot read the event log {}: {}", printable(path_.string()), error.what()));
}

void event_file::begin() {
  expect_in_place();
  run("BEGIN IMMEDIATE");
}

void event_file::append(const event_log::event& e) {
  const auto at = std::chrono::duration_cast<milliseconds>(e.at.time_since_epoch());
  insert_.bind(1, static_cast<std::int64_t>(e.number))
      .bind(2, e.topic)
      .bind(3, e.payload)
      .bind(4, at.count())
      .step();
  newest_ = e.number;
}

void event_file::drop(std::string_view topic, std::uint64_t number) {
  erase_.bind(1, static_cast<std::int64_t>(number)).step();
  remember_.bind(1, topic).bind(2, static_cast<std::int64_t>(number)).step();
  ++drops_;
}

void event_file::commit() {
  if (newest_ != committed_) set_newest_.bind(1, std::to_string(newest_)).step();
  run("COMMIT");
  committed_ = newest_;
}

void event_file::rollback() noexcept {
  newest_ = committed_;
  sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void event_file::tidy() {
  if (ask("PRAGMA freelist_count") > most_free_pages)
    run(fmt::format("PRAGMA incremental_vacuum({})", pages_given_back));
  if (drops_ < drops_between_counts) return;
  drops_ = 0;
  forget_dropped();
}

/// Of too many topics, the half that was dropped first becomes one number, which stands for any.
void event_file::forget_dropped() {
  const auto topics = ask("SELECT count(*) FROM dropped");
  if (topics <= most_topics_) return;
  sqlite::statement median(database_.get(),
                           "SELECT number FROM dropped ORDER BY number LIMIT 1 OFFSET ?");
  if (!median.bind(1, topics / 2).step()) return;
  const auto number = median.number(0);
  median = {};
  begin();
  sqlite::statement(database_.get(), "DELETE FROM dropped WHERE number <= ?")
      .bind(1, number)
      .step();
  remember_.bind(1, "").bind(2, number).step();
  commit();
}

void event_file::run(const std::string& statements) {
  if (sqlite3_exec(database_.get(), statements.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    sqlite::fail(database_.get());
}

std::int64_t event_file::ask(std::string_view query) {
  sqlite::statement s(database_.get(), query);
  return s.step() ? s.number(0) : 0;
}

std::string event_file::setting(std::string_view name) {
  sqlite::statement s(database_.get(), "SELECT value FROM setting WHERE name = ?");
  return s.bind(1, name).step() ? std::string(s.text(0)) : std::string();
}

void event_file::set_setting(std::string_view name, std::string_view value) {
  sqlite::statement(database_.get(), "UPDATE setting SET value = ? WHERE name = ?")
      .bind(1, value)
      .bind(2, name)
      .step();
}

}  // namespace ws_demo
