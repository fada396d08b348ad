#pragma once

#include "client.hpp"
#include "options.hpp"
#include "process.hpp"
#include "report.hpp"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ws_bench {

/// The server does not do what it should, and there is no use in going on.
struct misbehaviour : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What a mode has come to.
struct outcome {
  report told;
  std::string complaint;  // what the server did wrong, in one line; empty where it did nothing
};

outcome run_push(const options& o);
outcome run_fanout(const options& o);
outcome run_echo(const options& o);
outcome run_churn(const options& o);

/// From now on SIGINT and SIGTERM end what is being measured, and what has been is told. A second
/// one ends the program.
void heed_signals();
bool interrupted();

/// One line on standard error that is written over again, where that is a terminal.
class progress {
 public:
  progress();
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  void show(const std::function<std::string()>& text);

 private:
  bool terminal_;
  clock::time_point next_;
};

/// The state of everything that costs, at one moment.
struct mark {
  clock::time_point at;
  std::optional<usage> server;
  seconds client_cpu{0};

  static mark now(const options& o);
};

/// What went on between two marks.
struct span_of_time {
  mark begin;
  mark end;

  double length() const { return seconds(end.at - begin.at).count(); }
  double a_second(std::uint64_t count) const { return static_cast<double>(count) / length(); }
};

/// Opens all peers, no more at once and a second than the options say.
/// @return how long it took.
/// @throws misbehaviour if one cannot be opened.
seconds connect_all(client& c, const options& o);

/// Lets the client do its work for a while, or until `done` says so.
void spend(client& c, seconds time, std::string_view what,
           const std::function<bool()>& done = nullptr);

/// Adds what the server and this program used. `unit` is what `count` counts, such as "message".
void tell_costs(report& r, const span_of_time& span, std::uint64_t count, std::string_view unit);

/// Adds what a peer takes of the server's memory.
void tell_memory(report& r, const std::optional<usage>& before, const std::optional<usage>& after,
                 std::size_t peers);

/// What should not be, and how often it was.
struct complaint {
  std::uint64_t count;
  std::string_view what;
};

/// Adds the peers that were lost. The outcome complains of them, or else of the first of these that
/// there was.
outcome finished(report r, const client& c, std::initializer_list<complaint> complaints);

/// Adds quantiles of what was timed, in milliseconds.
void tell_times(report& r, const std::string& key, const std::string& label, const histogram& times,
                bool with_largest = false);

}  // namespace ws_bench
