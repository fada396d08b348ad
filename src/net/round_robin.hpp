#pragma once

// Long work in slices: those who have much to do take turns, one slice in each turn of the loop, so
// that whoever else is due goes in between.
//
// It outlives its participants. Threads: the io_context's only.

#include "net/asio.hpp"
#include "net/awaitable_event.hpp"

#include <boost/intrusive/list.hpp>

namespace ws_demo {

class round_robin {
 public:
  class participant : public boost::intrusive::list_base_hook<
                          boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    /// Does a slice of the work. A participant that has more to do enqueues itself again.
    virtual void run_slice() = 0;

   protected:
    participant() = default;
    participant(const participant&) = default;
    participant& operator=(const participant&) = default;
    ~participant() = default;
  };

  explicit round_robin(const executor& on) : on_(on), filled_(on) {}

  /// Runs one slice of it when all that were enqueued before have had theirs. Does nothing where it
  /// waits already.
  void enqueue(participant& p);

  /// The same for a coroutine: returns when it is the caller's turn. What it does up to its next
  /// co_await is its slice. Does not return after stop().
  task<void> turn();

  /// To be awaited once; it returns after stop().
  task<void> run();
  void stop() { filled_.stop(); }

 private:
  executor on_;
  boost::intrusive::list<participant, boost::intrusive::constant_time_size<false>> waiting_;
  awaitable_event filled_;
};

}  // namespace ws_demo
