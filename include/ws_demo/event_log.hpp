#pragma once

// The log: where published events get their number, and from where they come back in order. The
// server delivers only what its log gives. It keeps events in memory, in a file
// (options::event_log_file), in NATS JetStream (options::nats_servers), or in a log of the
// program's own (options::own_event_log).

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ws_demo {

/// Thrown by server::async_publish(): the log has not answered for an event in time, which may have
/// been stored, or may be stored later.
struct publish_in_doubt : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Threads: the server calls the log on its io_context's thread only, and is called there.
class event_log {
 public:
  /// A published event. What it refers to is valid during the call.
  struct event {
    /// Greater than that of the event before. Numbers may be left out, but are never used again.
    std::uint64_t number = 0;
    std::string_view topic;
    std::string_view payload;
    std::chrono::system_clock::time_point at;
  };

  /// Who takes the events: the server.
  class reader {
   public:
    /// Comes first. Once more where the log turns out to be another one, after discard_some():
    /// subscribers are told of a gap, and go on with what comes.
    /// @param epoch 1 to 32 letters and digits that no other log has. A log that may give a number
    /// for the second time needs a new epoch.
    /// @param newest number of the newest event before those that are given; 0 for none
    virtual void begin(std::string epoch, std::uint64_t newest) = 0;

    /// The log had this event once, and has no longer; of several of a topic, the newest counts.
    /// @param topic empty where any topic may have had such an event. Only this comes after open()
    /// too: if the event would have been a new one, all subscribers are told of a gap.
    virtual void gone(std::string_view topic, std::uint64_t number) = 0;

    /// Drops a bounded number of the events that were given, to be called in several turns of the
    /// loop.
    /// @returns whether there were any
    virtual bool discard_some() = 0;

    /// Delivers the event to whoever has subscribed to its topic.
    /// @returns to how many. Without memory it throws, and the event may be given again.
    virtual std::size_t take(const event& e) = 0;

    /// Whether subscribers have not been sent the last event yet. A log that gives one event after
    /// the other waits while it is, or those that are slower than the log fall behind.
    virtual bool is_busy() const = 0;

   protected:
    reader() = default;
    reader(const reader&) = default;
    reader& operator=(const reader&) = default;
    ~reader() = default;
  };

  /// What has become of an event, or of several.
  struct result {
    std::uint64_t number = 0;     // of the event; 0 if it was not stored, or nobody knows
    std::size_t subscribers = 0;  // that it was delivered to
    std::string_view why;         // it has no number
    bool is_in_doubt = false;     // nobody knows whether it was stored, or only some were
    bool is_too_large = false;    // for the log, which will never store it
  };
  using handler = std::function<void(const result&)>;

  event_log() = default;
  virtual ~event_log() = default;
  event_log(const event_log&) = delete;
  event_log& operator=(const event_log&) = delete;

  /// Gives the reader all that the log has. Called once, before the others, but for forget().
  /// @param to outlives the log's run()
  /// @throws std::runtime_error, one line that says what failed and why
  virtual void open(reader& to) = 0;

  /// An event that is to be published, valid as in server::publish().
  struct entry {
    std::string topic;
    std::string payload;
    /// As in server::async_publish(); empty for none.
    // NOLINTNEXTLINE(readability-redundant-member-init): GCC would warn of `{topic, payload}`
    std::string key = {};
  };

  /// Stores events, gives them to the reader, and then calls `done` with what became of the last.
  /// All are stored, or none is, or it is said that nobody knows. Does not block. Events keep the
  /// order in which they are appended.
  /// @param events at least one
  /// @param done is called once, perhaps before append() returns; not once run() has ended, or the
  /// log is destroyed
  virtual void append(std::vector<entry> events, handler done) = 0;

  /// The same with one event, for a log that stores it at once: nothing where that is another one.
  /// Without memory it throws, and the event is not stored.
  virtual std::optional<result> append_now(std::string_view /*topic*/,
                                           std::string_view /*payload*/) {
    return std::nullopt;
  }
  /// Whether append_now() stores events.
  virtual bool stores_at_once() const noexcept { return false; }

  /// Whether an event with the key of another is not stored for the second time. Events with keys
  /// are given to no other log.
  virtual bool knows_keys() const noexcept { return false; }
  /// Whether other servers give the same events to their subscribers, perhaps earlier. Then a
  /// subscriber may know an event that has not come yet.
  virtual bool is_shared() const noexcept { return false; }

  /// How the log is.
  struct condition {
    /// Whether the reader has what the log had when it began. Before that, nobody can subscribe.
    bool is_filled = true;
    /// Why it neither stores events nor gives them now; empty if it does.
    std::string_view failure;
    std::chrono::steady_clock::time_point failed_at;
    /// Events that it has, and that the reader has not.
    std::uint64_t behind = 0;
    std::uint64_t reconnects = 0;
  };
  virtual condition state() const { return {}; }

  /// The server's history has no room for the event any more (options::history_events and others):
  /// the log need not keep it either. May be called from within reader::take().
  virtual void forget(std::string_view topic, std::uint64_t number) noexcept = 0;

  /// Gives the events to the reader until stop() is called, and then those that were appended
  /// before it. Awaited once.
  virtual boost::asio::awaitable<void, boost::asio::io_context::executor_type> run() = 0;
  /// May be called several times.
  virtual void stop() = 0;
};

}  // namespace ws_demo
