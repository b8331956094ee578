// wotnot.hpp: ownership, errors and waking, in both modes. No server: what needs one is in
// vectors.cpp and in the chat example.
#include <atomic>
#include <cmath>
#include <thread>
#include <type_traits>
#include <vector>

#include "../c/check.h"
#include "wotnot.hpp"

using namespace std::chrono_literals;
using wotnot::Client;
using wotnot::Status;
using wotnot::Text;

static_assert(!std::is_copy_constructible_v<Client> && !std::is_copy_assignable_v<Client>);
static_assert(!std::is_copy_constructible_v<Text> && !std::is_copy_assignable_v<Text>);
static_assert(std::is_nothrow_move_constructible_v<Client> && std::is_nothrow_move_assignable_v<Client>);
static_assert(std::is_nothrow_move_constructible_v<Text> && std::is_nothrow_move_assignable_v<Text>);
static_assert(std::is_nothrow_copy_constructible_v<wotnot::Error>);

// The text of a temporary cannot be looked at: it would be gone by the next line.
template <class T, class = void>
struct Shows : std::false_type {};
template <class T>
struct Shows<T, std::void_t<decltype(std::declval<T>().view()), decltype(std::declval<T>().c_str())>>
    : std::true_type {};
static_assert(Shows<Text &>::value && Shows<const Text &>::value);
static_assert(!Shows<Text>::value && !Shows<const Text>::value);

namespace {

const char *const receiver =
    R"({"token":"t","base_url":"http://127.0.0.1:9","webhook":{"token":"hook"}})";
const char *const post =
    R"({"body":"{\"token\":\"hook\",\"events\":[{\"event\":{\"type\":\"message\",\"payload\":)"
    R"({\"message_by\":{\"type\":\"bot\"},\"message\":{\"type\":\"text\",\"text\":\"Hi\"}}},)"
    R"(\"conversation\":{\"key\":\"3f0c\"}}]}"})";

// The one place that knows the mode: a call's outcome as a Result.
template <class Call>
auto attempt(Call call) {
#ifdef WOTNOT_NO_EXCEPTIONS
  return call();
#else
  using Value = decltype(call());
  try {
    return wotnot::Result<Value>(call());
  } catch (const wotnot::Error &error) {
    return wotnot::Result<Value>(error);
  }
#endif
}

wotnot::Result<Client> make(const char *config) {
  return attempt([config] { return Client::create(config); });
}

void clients_move_and_close() {
  {
    auto first = make(receiver);
    check(first.has_value() && first->id() != 0, "a client is made", nullptr);
    Client second = std::move(*first);
    check(first->id() == 0 && second.id() != 0, "a moved-from client holds nothing", nullptr);
    const auto dead = attempt([&] { return first->call("status"); });
    check(!dead && dead.error().status() == Status::invalid_client,
          "a call on a moved-from client is an error", nullptr);
    check(wotnot_live_clients() == 1, "a move makes no second client", nullptr);
    auto third = make(receiver);
    const wotnot_client kept = second.id();
    *third = std::move(second);
    check(third->id() == kept && wotnot_live_clients() == 1, "assignment closes what was there",
          nullptr);
    check(third->close() == Status::ok && third->close() == Status::ok, "closing twice is ok",
          nullptr);
  }
  check(wotnot_live_clients() == 0, "the end of a scope closes its client", nullptr);
}

void errors_tell_all() {
  const auto nameless = make("{}");
  check(!nameless && nameless.error().status() == Status::invalid_argument &&
            has(nameless.error().json(), "\"ok\":false") &&
            has(nameless.error().json(), "token: missing") &&
            std::string(nameless.error().what()).rfind("invalid_argument: token: missing", 0) == 0 &&
            !has(nameless.error().what(), "{"),
        "an error has the status, the whole document, and a sentence", nameless.error().what());
  auto client = make(receiver);
  const auto unknown = attempt([&] { return client->call("sing"); });
  check(!unknown && has(unknown.error().what(), "there is no such method; known: "),
        "the sentence of an error is the library's", unknown.error().what());
  const wotnot::Error copy = unknown.error();
  check(copy.status() == Status::unknown_method && has(copy.json(), "\"code\":\"unknown_method\""),
        "a copy of an error says the same", copy.what());
  check(std::string(wotnot::name(Status::rate_limited)) == "rate_limited", "a status has a name",
        nullptr);
}

void a_nul_is_refused_and_not_the_end() {
  const std::string cut("{\"token\":\"t\"}\0 and more", 24);
  const auto made = attempt([&] { return Client::create(cut); });
  check(!made && made.error().status() == Status::invalid_json, "a configuration with a NUL is refused",
        made ? "a client was made" : made.error().what());
  auto client = make(receiver);
  const auto named = attempt([&] { return client->call(std::string("status\0", 7)); });
  check(!named && named.error().status() == Status::unknown_method, "so is a method's name",
        named ? "it was called" : named.error().what());
  const auto sent = attempt([&] { return client->call("send_message", std::string("{}\0{}", 5)); });
  check(!sent && sent.error().status() == Status::invalid_json &&
            has(sent.error().json(), "\"delivery\":\"not_sent\""),
        "and so are parameters, of which nothing is sent", sent ? "sent" : sent.error().json());
}

void texts_are_owned() {
  auto client = make(receiver);
  auto status = attempt([&] { return client->call("status"); });
  check(wotnot_live_strings() == 1 && has(status->c_str(), "\"version\""), "a text is held", nullptr);
  Text moved = std::move(*status);
  check(status->empty() && moved.view().front() == '{' && wotnot_live_strings() == 1,
        "a move of a text copies nothing", nullptr);
  Text other;
  other = std::move(moved);
  check(other.str() == other.c_str() && moved.empty(), "assignment hands the text over", nullptr);
}

// The longest and the shortest of times, and one that is no number.
void any_time_is_a_time_to_wait() {
  using std::chrono::hours;
  using Seconds = std::chrono::duration<double>;
  constexpr std::uint32_t longest = WOTNOT_FOREVER - 1;
  const auto is = [](std::uint32_t wanted, auto time, const char *what) {
    check(wotnot::internal::milliseconds(time) == wanted, what, nullptr);
  };
  is(longest, hours::max(), "more hours than there are milliseconds");
  is(0, hours::min(), "as many before now");
  is(longest, Seconds(HUGE_VAL), "an infinite time");
  is(0, Seconds(std::nan("")), "a time that is no number");
  is(1, 1us, "less than a millisecond");
  is(1500, 1.5s, "seconds and a half");
  is(0, 0ms, "no time");
  auto client = make(receiver);
  const auto accepted = attempt([&] { return client->call("accept_webhook", post); });
  const auto event = attempt([&] { return client->receive(hours::max()); });
  check(accepted && event && *event, "an event is received within the longest time", nullptr);
}

void events_arrive_or_do_not() {
  auto client = make(receiver);
  const auto none = attempt([&] { return client->receive(0ms); });
  check(none.has_value() && !none->has_value(), "no event is no error", nullptr);
  const auto before = attempt([&] { return client->receive(-5s); });
  check(before.has_value() && !before->has_value(), "less than no time is no time", nullptr);
  const auto accepted = attempt([&] { return client->call("accept_webhook", post); });
  check(accepted.has_value(), "a webhook's post is accepted",
        accepted ? nullptr : accepted.error().what());
  const auto event = attempt([&] { return client->receive(std::chrono::hours(24 * 365)); });
  check(event && *event && has((*event)->c_str(), "\"text\":\"Hi\""), "its event is received",
        nullptr);
}

// Four waiters, ended by `end`, which is repeated until all have woken: one of them may not have
// begun to wait.
template <class End>
bool wake(Client &client, Status wanted, End end) {
  std::atomic<int> done{0}, right{0};
  std::vector<std::thread> waiters;
  for (int i = 0; i < 4; i++) {
    waiters.emplace_back([&] {
      const auto event = attempt([&] { return client.receive(); });
      const Status status = event ? Status::ok : event.error().status();
      right += status == wanted;
      done++;
    });
  }
  while (done < 4) end();
  for (std::thread &waiter : waiters) waiter.join();
  return right == 4;
}

void waiters_wake() {
  auto client = make(receiver);
  check(wake(*client, Status::interrupted, [&] { client->interrupt(); }),
        "an interrupt wakes those who wait", nullptr);
  check(wake(*client, Status::closed, [&] { client->close(); }), "so does a close", nullptr);
  const auto late = attempt([&] { return client->call("send_message", "{}"); });
  check(!late && late.error().status() == Status::closed &&
            has(late.error().json(), "\"delivery\":\"not_sent\""),
        "a closed client sends nothing, and says so", late ? "sent" : late.error().json());
}

}  // namespace

// The suite's library is a dev build, which can be made to panic.
void a_panic_is_an_error() {
  auto client = make(receiver);
  const auto panicked = attempt([&] { return client->call("test_panic"); });
  check(!panicked && panicked.error().status() == Status::panic, "a panic is an error", nullptr);
  const auto status = attempt([&] { return client->call("status"); });
  check(status.has_value(), "the client goes on", nullptr);
}

int main() {
  clients_move_and_close();
  a_panic_is_an_error();
  errors_tell_all();
  a_nul_is_refused_and_not_the_end();
  texts_are_owned();
  any_time_is_a_time_to_wait();
  events_arrive_or_do_not();
  waiters_wake();
  check(wotnot_live_strings() == 0 && wotnot_live_clients() == 0, "nothing is left behind", nullptr);
  return finish();
}
