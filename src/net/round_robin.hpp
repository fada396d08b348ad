#pragma once

// Long work in slices: those who have much to do take turns, so that whoever else is due goes in
// between. In each turn of the loop, one participant does a slice, and a few handlers or
// coroutines.
//
// It outlives its participants. Threads: the io_context's only.

#include "net/asio.hpp"
#include "net/awaitable_event.hpp"

#include <boost/intrusive/list.hpp>

#include <utility>

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

  explicit round_robin(const executor& on) : on_(on), filled_(on), turns_(on) {
    turns_.expires_at(steady_clock::time_point::max());
  }

  /// Runs one slice of it when all participants that were enqueued before have had theirs. Does
  /// nothing where it waits already.
  void enqueue(participant& p);

  /// Completes when all handlers and coroutines that asked before have had their turn, with an
  /// error_code that says nothing. After stop() nobody has to wait.
  template <class Token>
  auto async_turn(Token&& token) {
    filled_.set();
    return turns_.async_wait(std::forward<Token>(token));
  }

  /// To be awaited once; it returns after stop().
  task<void> run();
  void stop();

 private:
  executor on_;
  boost::intrusive::list<participant, boost::intrusive::constant_time_size<false>> waiting_;
  awaitable_event filled_;
  timer turns_;  // never expires: it keeps the handlers in order, and ends one wait at a time
};

}  // namespace ws_demo
