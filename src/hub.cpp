#include "ws_demo/hub.hpp"

#include "ws_demo/event.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <memory>
#include <random>
#include <utility>

namespace ws_demo {

namespace {

/// How many subscribers are told in one turn of the loop: what a millisecond or two is enough for.
constexpr int told_in_a_turn = 128;

}  // namespace

hub::hub(const executor& on, const options& limits)
    : past_(limits),
      epoch_(fmt::format("{:08x}", std::random_device{}())),
      changed_(on, steady_clock::time_point::max()) {}

hub::receipt hub::publish(std::string_view topic, std::string_view payload) {
  receipt result{{epoch_, ++number_}, 0};
  const auto text = std::make_shared<const std::string>(
      published_event_text(topic, payload, to_string(result.id)));
  past_.append(topic, number_, text, steady_clock::now());

  result.subscribers = send(text, topic) + send(text, "*");
  for (auto dot = topic.find('.'); dot != std::string_view::npos; dot = topic.find('.', dot + 1))
    if (dot + 1 < topic.size())
      result.subscribers += send(text, std::string(topic.substr(0, dot)) + ".*");
  wake_some();
  if (has_sleepers()) changed_.cancel();
  return result;
}

void hub::wake_some() {
  for (int told = 0; told < told_in_a_turn && has_sleepers(); ++told) {
    outbox& next = sleepers_.front();
    sleepers_.pop_front();
    next.flush();
  }
}

task<void> hub::wake_subscribers() {
  while (!stopped_) {
    co_await changed_.async_wait(no_throw);
    while (has_sleepers()) {
      co_await asio::post(changed_.get_executor(), no_throw);
      wake_some();
    }
  }
}

void hub::stop() {
  stopped_ = true;
  changed_.cancel();
}

std::size_t hub::send(const shared_text& text, std::string_view to_pattern) {
  const auto found = places_.find(to_pattern);
  if (found == places_.end()) return 0;
  std::size_t sent = 0;
  const auto now = steady_clock::now();
  for (const place& p : found->second) {
    if (std::exchange(p.who->got, number_) == number_) continue;
    p.who->box.push_event_quietly(text, now);
    if (!p.who->box.is_linked()) sleepers_.push_back(p.who->box);
    ++sent;
  }
  return sent;
}

hub::membership::membership(hub& of, outbox& box, const std::vector<std::string>& patterns)
    : of_(of), who_{box}, held_(patterns.size()) {
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    held_[i].list = of_.places_.try_emplace(patterns[i]).first;
    held_[i].here.who = &who_;
    held_[i].list->second.push_back(held_[i].here);
  }
}

hub::membership::~membership() {
  for (auto& h : held_) {
    h.list->second.erase(places::s_iterator_to(h.here));
    if (h.list->second.empty()) of_.places_.erase(h.list);
  }
}

std::string hub::gap_before(const subscription& wanted) const {
  if (!wanted.since) return {};
  if (wanted.since->epoch != epoch_) return "the server was started anew since";
  if (wanted.since->number > number_) return "there has been no such event";
  if (past_.has_gap(wanted.patterns, wanted.since->number))
    return "the history does not reach back to it";
  return {};
}

history::replay hub::replay(const subscription& wanted) {
  const bool is_known =
      wanted.since && wanted.since->epoch == epoch_ && wanted.since->number <= number_;
  return {past_, wanted.patterns, is_known ? wanted.since->number : 0, wanted.last};
}

}  // namespace ws_demo
