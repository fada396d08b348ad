#include "events/file_log.hpp"

#include <boost/asio/post.hpp>

#include <exception>
#include <new>
#include <utility>

namespace ws_demo {
namespace {

using namespace std::chrono_literals;
using std::chrono::system_clock;

/// How long events that the history has dropped wait for others to be committed with.
constexpr auto drop_delay = 1s;

/// After which something that had no memory is tried again.
constexpr auto retry_delay = 10ms;

}  // namespace

file_log::file_log(const executor& on, const options& limits)
    : on_(on),
      file_(limits.event_log_file, limits.event_log_sync, 2 * limits.max_topics_total),
      reported_(on) {}

file_log::~file_log() {
  thread_ = {};  // asks it to stop, and waits for it
}

void file_log::open(reader& to) {
  reader_ = &to;
  to.begin(file_.epoch(), file_.newest());
  file_.read([&](std::string_view topic, std::uint64_t number) { to.gone(topic, number); },
             [&](const event& e) { to.take(e); });
  thread_ = std::jthread([this](const std::stop_token& stop) { do_work(stop); });
}

void file_log::append(std::vector<entry> events, handler done) {
  std::list<job> next;
  job& added = next.emplace_back();
  added.events = std::move(events);
  added.done = std::move(done);
  added.at = system_clock::now();
  const std::scoped_lock lock(mutex_);
  if (waiting_.jobs.empty()) wake_.notify_one();
  waiting_.jobs.splice(waiting_.jobs.end(), next);
}

void file_log::forget(std::string_view topic, std::uint64_t number) noexcept try {
  std::list<dropped> next;
  next.push_back({std::string(topic), number});
  const std::scoped_lock lock(mutex_);
  if (waiting_.empty()) wake_.notify_one();
  waiting_.drops.splice(waiting_.drops.end(), next);
} catch (const std::bad_alloc&) {
  return;  // it is dropped again after the next start
}

void file_log::do_work(const std::stop_token& stop) {
  const auto has_jobs = [this] { return !waiting_.jobs.empty(); };
  for (bool is_over = false; !is_over; reported_.notify()) {
    work next;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, stop, [this] { return !waiting_.empty(); });
      wake_.wait_for(lock, stop, drop_delay, has_jobs);
      std::swap(next, waiting_);
    }
    is_over = next.empty();
    const bool has_dropped = commit(next);
    const std::scoped_lock lock(mutex_);
    done_.splice(done_.end(), next.jobs);
    // It is tried again, but not when the server ends: then it is dropped after the next start.
    if (!has_dropped && !stop.stop_requested())
      waiting_.drops.splice(waiting_.drops.begin(), next.drops);
    has_ended_ = is_over;
  }
}

bool file_log::commit(work& w) {
  if (w.empty()) return true;
  auto number = file_.newest() + 1;
  const auto why_not = transact([&] { write(w); });
  for (job& j : w.jobs) {
    j.first = number;
    j.why_not = why_not;
    number += j.events.size();
    if (why_not) j.events.clear();  // here, where nobody waits
  }
  if (!why_not || w.drops.empty()) return true;
  // What was dropped makes room. Whoever waits does not wait for a lock twice.
  return !was_locked_ && !w.jobs.empty() && !transact([&] { drop(w); });
}

void file_log::write(const work& w) {
  auto number = file_.newest();
  for (const job& j : w.jobs)
    for (const entry& e : j.events) file_.append({++number, e.topic, e.payload, j.at});
  drop(w);
}

void file_log::drop(const work& w) {
  for (const auto& d : w.drops) file_.drop(d.topic, d.number);
}

std::shared_ptr<const std::string> file_log::transact(
    const std::function<void()>& change) noexcept {
  was_locked_ = false;
  try {
    file_.begin();
    change();
    file_.commit();
  } catch (const std::exception& error) {
    was_locked_ = dynamic_cast<const sqlite::locked*>(&error) != nullptr;
    file_.rollback();
    try {
      return std::make_shared<const std::string>(error.what());
    } catch (const std::bad_alloc&) {
      return no_memory_;
    }
  }
  try {
    file_.tidy();
  } catch (const std::exception&) {
    file_.rollback();  // what was committed stays so
  }
  return nullptr;
}

task<void> file_log::run() {
  timer retry(on_);
  for (;;) {
    std::list<job> stored;
    bool is_over = false;
    {
      const std::scoped_lock lock(mutex_);
      stored.swap(done_);
      is_over = has_ended_;
    }
    const bool had_none = stored.empty();
    while (!stored.empty()) {
      bool has_failed = false;
      try {
        co_await deliver(stored.front());
      } catch (const std::bad_alloc&) {
        has_failed = !stopped_;
      }
      if (!has_failed) {
        stored.pop_front();
        continue;
      }
      retry.expires_after(retry_delay);
      co_await retry.async_wait(no_throw);
    }
    if (is_over) co_return;
    if (had_none) co_await reported_.wait();
  }
}

task<void> file_log::deliver(job& stored) {
  if (stored.events.empty()) co_await asio::post(on_, no_throw);  // many may have failed together
  while (stored.delivered < stored.events.size()) {
    entry& e = stored.events[stored.delivered];
    stored.subscribers =
        reader_->take({stored.first + stored.delivered, e.topic, e.payload, stored.at});
    e = {};  // all of them at once would take long to free
    ++stored.delivered;
    co_await asio::post(on_, no_throw);
    while (reader_->is_busy() && !stopped_) co_await asio::post(on_, no_throw);
  }
  result last;
  last.number = stored.why_not ? 0 : stored.first + stored.delivered - 1;
  last.subscribers = stored.subscribers;
  if (stored.why_not) last.why = *stored.why_not;
  if (const auto done = std::exchange(stored.done, nullptr)) done(last);
}

void file_log::stop() {
  stopped_ = true;
  thread_.request_stop();
}

}  // namespace ws_demo
