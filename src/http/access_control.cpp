#include "http/access_control.hpp"

#include "common/memory_budget.hpp"
#include "common/text.hpp"
#include "events/topic.hpp"
#include "net/network.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

namespace ws_demo {
namespace {

namespace http = boost::beast::http;

access_request describe(const connection& from, const request_head& request, access_action action,
                        std::vector<std::string> topics, access_decision built_in) {
  access_request r;
  r.action = action;
  r.address = unmapped(from.client());
  r.origin = request[http::field::origin];
  r.target = request.target();
  for (const auto& field : request)
    r.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  r.topics = std::move(topics);
  r.built_in = std::move(built_in);
  return r;
}

/// As the body of an answer, the reason of a close, or a part of a line of the log may have it.
std::string sentence(std::string text) {
  text.resize(std::min(text.size(), max_printed_bytes));
  std::ranges::replace_if(text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

/// What a program's decision may have wrong is refused, never served.
access_decision checked(access_decision d, access_action action,
                        const std::vector<std::string>& wanted) {
  constexpr unsigned least = 400;
  constexpr unsigned most = 599;
  if (d.refusal != 0) {
    if (d.refusal < least || d.refusal > most) d.refusal = 403;
    d.reason = sentence(std::move(d.reason));
    return d;
  }
  std::ranges::sort(d.topics);
  const auto doubled = std::ranges::unique(d.topics);
  d.topics.erase(doubled.begin(), doubled.end());
  if (!std::ranges::all_of(d.topics, [](const auto& t) { return is_pattern(t); }))
    return access_decision::refuse(503, "The decision has a topic that is none.");
  const bool publishes = action == access_action::publish;
  const std::string_view what = publishes ? "publishing" : "subscribing";
  if (d.topics.empty()) return access_decision::refuse(403, fmt::format("No {} is allowed.", what));
  if (publishes && !wanted.empty() &&
      !std::ranges::any_of(d.topics, [&](const auto& t) { return matches(t, wanted.front()); }))
    return access_decision::refuse(403,
                                   fmt::format("Publishing on {} is not allowed.", wanted.front()));
  return d;
}

/// A decision of the program's, which is waited for until it is made, takes too long, or the
/// connection is aborted; then the program's coroutine is cancelled. That shares it, because it may
/// go on longer.
class pending_decision {
 public:
  pending_decision(const executor& on, std::chrono::milliseconds patience) : over_(on, patience) {}

  asio::cancellation_slot slot() { return cancelled_.slot(); }
  void make(const std::exception_ptr& failure, access_decision d) {
    failure_ = failure;
    if (!failure) made_ = std::move(d);
    end_wait();
  }
  void end_wait() noexcept {
    is_over_ = true;
    over_.cancel();
  }
  task<void> wait() {
    if (!is_over_) co_await over_.async_wait(no_throw);
    if (!made_ && !failure_) cancelled_.emit(asio::cancellation_type::terminal);
  }
  /// Nothing if it was not made.
  std::optional<access_decision> take() { return std::exchange(made_, {}); }
  /// Why it was not.
  std::string failure() const {
    if (!failure_) return "it takes too long";
    try {
      std::rethrow_exception(failure_);
    } catch (const std::exception& error) {
      return error.what();
    } catch (...) {
      return "not a std::exception";
    }
  }

 private:
  timer over_;
  asio::cancellation_signal cancelled_;
  std::optional<access_decision> made_;
  std::exception_ptr failure_;
  bool is_over_ = false;
};

/// Ends the wait where the connection is aborted, as at the end of a shutdown.
class abort_watch final : connection::handler {
 public:
  /// @param held_bytes what the wait takes
  abort_watch(connection& c, pending_decision& of, std::size_t held_bytes)
      : link_(c), of_(of), held_bytes_(held_bytes) {
    link_.set_handler(this);
  }
  ~abort_watch() { link_.set_handler(nullptr); }
  abort_watch(const abort_watch&) = delete;
  abort_watch& operator=(const abort_watch&) = delete;

 private:
  void check(steady_clock::time_point /*now*/) override {}
  void shut_down() override {}
  void stuck() override {}
  void aborted() override { of_.end_wait(); }
  std::size_t held_bytes() const override { return held_bytes_; }
  void out_of_memory() override {}

  connection& link_;
  pending_decision& of_;
  const std::size_t held_bytes_;
};

/// The request lives in its frame.
task<access_decision> ask(std::shared_ptr<const access_control::async_authorizer> program,
                          access_request request) {
  auto asked = (*program)(request);
  co_return co_await std::move(asked);
}

std::size_t bytes_of(const access_request& r) {
  std::size_t bytes = r.target.size() + r.origin.size();
  for (const auto& [name, value] : r.headers)
    bytes += heap_bytes(sizeof(r.headers.front())) + name.size() + value.size();
  return bytes;
}

}  // namespace

task<access_decision> access_control::decide(connection& from, const request_head& request,
                                             origin_access access, access_action action,
                                             std::vector<std::string> topics,
                                             round_robin& turns) const {
  // Many who come at once with a token take turns, with all others in between.
  if (tokens_.needs_token(action, topics)) co_await from.wait_for_turn(turns);
  if (!from.is_open()) co_return access_decision::refuse(503, "");
  auto decision = tokens_.decide(request, access, action, topics, std::chrono::system_clock::now());
  if (!std::holds_alternative<std::monostate>(program_)) {
    auto asked = ask_program(from, describe(from, request, action, topics, std::move(decision)));
    decision = co_await std::move(asked);
  }
  co_return checked(std::move(decision), action, topics);
}

task<access_decision> access_control::ask_program(connection& from, access_request request) const {
  const auto failed = [this, &from](std::string_view why) {
    if (from.is_open())
      log_.write(spdlog::level::err, "authorize failed",
                 fmt::format("peer={} reason=\"{}\"", from.peer(), printable(why)));
    return access_decision::refuse(503, "The server could not decide on this.");
  };
  if (const auto* const decide_now = std::get_if<authorizer>(&program_)) try {
      co_return (*decide_now)(request);
    } catch (const std::exception& error) {
      co_return failed(error.what());
    } catch (...) {
      co_return failed("not a std::exception");
    }
  const auto& program = std::get<std::shared_ptr<const async_authorizer>>(program_);
  const auto pending =
      std::make_shared<pending_decision>(from.get_executor(), options_.authorize_timeout);
  const memory_charge copied(&from.memory(), bytes_of(request));
  const connection::deadline_pause paused(from);  // there is a time-out of its own
  const abort_watch watch(from, *pending, copied.bytes());
  asio::co_spawn(
      from.get_executor(), ask(program, std::move(request)),
      asio::bind_cancellation_slot(pending->slot(),
                                   [pending](const std::exception_ptr& failure, access_decision d) {
                                     pending->make(failure, std::move(d));
                                   }));
  auto waited = pending->wait();
  co_await std::move(waited);
  auto made = pending->take();
  if (!made) co_return failed(pending->failure());
  co_return *std::move(made);
}

}  // namespace ws_demo
