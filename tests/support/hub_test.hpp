#pragma once

// A hub, subscribers that keep what is delivered to them, and replays as text.

#include "common/memory_budget.hpp"
#include "events/event_sink.hpp"
#include "events/hub.hpp"
#include "events/memory_log.hpp"
#include "events/replay.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace ws_demo::testing {

using texts = std::vector<std::string>;

class sink final : public event_sink {
 public:
  explicit sink(asio::io_context& io) : io_(io) {}

  /// What has been flushed since the last time.
  texts take() {
    io_.restart();
    io_.poll();
    return std::exchange(flushed_, {});
  }
  void enqueue(shared_event e, steady_clock::time_point /*due*/) noexcept override {
    queued.push_back(std::move(e));
  }
  void flush() noexcept override {
    for (; !queued.empty(); queued.erase(queued.begin())) flushed_.push_back(queued.front()->text);
  }

  std::vector<shared_event> queued;

 private:
  asio::io_context& io_;
  texts flushed_;
};

class hub_test : public ::testing::Test {
 protected:
  static constexpr std::size_t page_bytes = 65536;

  static std::string text(const hub& of, const std::string& topic, const std::string& payload,
                          int number) {
    std::ostringstream event;
    event << R"({"topic":")" << topic << R"(","payload":)" << payload << R"(,"id":")" << of.epoch()
          << ":" << number << R"("})";
    return event.str();
  }
  std::string text(const std::string& topic, int number) const {
    return text(center, topic, std::to_string(number), number);
  }
  hub_test() { log.open(center); }

  struct receipt {
    event_id id;
    std::size_t subscribers;
  };
  receipt publish(const std::string& topic, const std::string& payload) {
    const auto stored = log.append_now(topic, payload).value_or(event_log::result{});
    return {{center.epoch(), stored.number}, stored.subscribers};
  }
  /// The payload is the number.
  receipt publish(const std::string& topic) { return publish(topic, std::to_string(++published)); }
  /// All the pages.
  texts replayed(const std::vector<std::string>& patterns, std::uint64_t after,
                 std::uint64_t last = 0) {
    replay missed(center.past(), patterns, after, last);
    texts all;
    for (bool is_last = false; !is_last;) {
      const auto page = missed.next(page_bytes, 0);
      for (const auto& event : page.events) all.push_back(event->text);
      is_last = page.is_last;
    }
    return all;
  }
  /// The next page, which is to have one event: its number, and before it a `!` where some that
  /// were to come before it are gone.
  static std::string next_of(replay& missed) {
    std::string before = missed.lost_some() ? "!" : "";
    const auto page = missed.next(1, 0);
    if (page.events.empty()) return before;
    const auto& id = page.events.at(0)->id;
    return before + id.substr(id.find(':') + 1);
  }

  asio::io_context io{1};
  options limits;
  memory_budget memory{std::size_t{1} << 30};
  hub center{io.get_executor(), limits, memory};
  memory_log log;
  int published = 0;
};

}  // namespace ws_demo::testing
