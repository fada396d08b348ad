#pragma once

// The log in a file (event_file.hpp). A thread of its own does what blocks. What waits for it is
// committed together, so that many publishers at once cost little more than one.
//
// The server owns it. Threads: the io_context's only. The thread touches what the mutex guards, and
// the file; it does not touch the io_context, which may be destroyed meanwhile.

#include "events/event_file.hpp"
#include "net/asio.hpp"
#include "net/thread_signal.hpp"
#include "ws_demo/event_log.hpp"
#include "ws_demo/options.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace ws_demo {

class file_log final : public event_log {
 public:
  /// Opens the file options::event_log_file.
  /// @throws std::runtime_error, one line that says what failed and why
  file_log(const executor& on, const options& limits);
  /// Commits what was appended.
  ~file_log() override;
  file_log(const file_log&) = delete;
  file_log& operator=(const file_log&) = delete;

  void open(reader& to) override;
  void append(std::vector<entry> events, handler done) override;
  void forget(std::string_view topic, std::uint64_t number) noexcept override;
  task<void> run() override;
  void stop() override;

 private:
  /// Events that are stored together.
  struct job {
    std::vector<entry> events;
    handler done;
    std::chrono::system_clock::time_point at;
    std::uint64_t first = 0;                     // number of the first, once they are stored
    std::shared_ptr<const std::string> why_not;  // they were not stored
    std::size_t delivered = 0;                   // so many of them
    std::size_t subscribers = 0;                 // of the last that was delivered
  };
  struct dropped {
    std::string topic;
    std::uint64_t number;
  };
  struct work {
    std::list<job> jobs;
    std::list<dropped> drops;

    bool empty() const { return jobs.empty() && drops.empty(); }
  };

  // What the thread does.
  void do_work(const std::stop_token& stop);
  /// @returns whether all that was dropped is gone from the file
  bool commit(work& w);
  void write(const work& w);
  void drop(const work& w);
  /// @returns why it failed; null if it did not
  std::shared_ptr<const std::string> transact(const std::function<void()>& change) noexcept;

  /// Without memory it throws, and can be awaited again.
  task<void> deliver(job& stored);

  const executor on_;
  event_file file_;          // the thread's, once it runs
  bool was_locked_ = false;  // likewise: the last transaction failed for that
  reader* reader_ = nullptr;
  bool stopped_ = false;
  thread_signal reported_;  // by the thread
  const std::shared_ptr<const std::string> no_memory_ = std::make_shared<std::string>("no memory");

  std::mutex mutex_;  // guards what follows
  std::condition_variable_any wake_;
  work waiting_;
  std::list<job> done_;
  bool has_ended_ = false;  // the thread: nothing more will be in done_

  std::jthread thread_;  // comes last: it uses all of the above
};

}  // namespace ws_demo
