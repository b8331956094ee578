// wotnot.hpp: libwotnot for C++17, header only: who owns what, and errors. JSON stays with the
// library of your choice; nothing here reads or writes it.
//
//   wotnot::Client client(R"({"token":"...","bot_key":"lead-bot"})");
//   wotnot::Text said = client.start_conversation(
//       R"({"visitor_id":"visitor-42","message":{"type":"text","data":{"body":"Hi"}}})");
//
// A call gives the whole document of success, {"ok":true,"value":...}, or fails with an Error,
// whose json() is the whole document of failure, {"ok":false,"error":{...}}.
//
// Exceptions: without them (-fno-exceptions, or WOTNOT_NO_EXCEPTIONS defined) whatever would throw
// an Error gives a wotnot::Result instead, and clients are made with Client::create.
// Threads: any member function but moves and destruction, from any thread, at any time.
#ifndef WOTNOT_HPP
#define WOTNOT_HPP

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "wotnot.h"

#if !defined(WOTNOT_NO_EXCEPTIONS) && !defined(__cpp_exceptions)
#define WOTNOT_NO_EXCEPTIONS
#endif

namespace wotnot {

// What a function of the C interface said. The numbers are those of wotnot.h.
enum class Status : wotnot_status {
  // generated: codes
  ok = WOTNOT_OK,
  timeout = WOTNOT_TIMEOUT,
  interrupted = WOTNOT_INTERRUPTED,
  closed = WOTNOT_CLOSED,
  null_argument = WOTNOT_NULL_ARGUMENT,
  invalid_utf8 = WOTNOT_INVALID_UTF8,
  invalid_json = WOTNOT_INVALID_JSON,
  invalid_argument = WOTNOT_INVALID_ARGUMENT,
  invalid_client = WOTNOT_INVALID_CLIENT,
  forked = WOTNOT_FORKED,
  unknown_method = WOTNOT_UNKNOWN_METHOD,
  network = WOTNOT_NETWORK,
  tls = WOTNOT_TLS,
  proxy = WOTNOT_PROXY,
  request_timeout = WOTNOT_REQUEST_TIMEOUT,
  unauthorized = WOTNOT_UNAUTHORIZED,
  channel_not_enabled = WOTNOT_CHANNEL_NOT_ENABLED,
  conversation_not_created = WOTNOT_CONVERSATION_NOT_CREATED,
  invalid_request = WOTNOT_INVALID_REQUEST,
  not_found = WOTNOT_NOT_FOUND,
  rate_limited = WOTNOT_RATE_LIMITED,
  rejected = WOTNOT_REJECTED,
  server_error = WOTNOT_SERVER_ERROR,
  protocol_error = WOTNOT_PROTOCOL_ERROR,
  webhook_rejected = WOTNOT_WEBHOOK_REJECTED,
  overloaded = WOTNOT_OVERLOADED,
  internal = WOTNOT_INTERNAL,
  panic = WOTNOT_PANIC,
  // generated: end
};

// The name of a status, such as "rate_limited"; static.
inline const char *name(Status status) noexcept {
  return wotnot_status_name(static_cast<wotnot_status>(status));
}

// The library's version, such as "0.1.0"; static.
inline const char *version() noexcept { return wotnot_version(); }

// A JSON document that the library made. Frees itself.
class Text {
 public:
  Text() noexcept = default;
  // Takes what the C interface gave through an out_json; NULL is the empty text.
  explicit Text(char *owned) noexcept : text_(owned) {}
  Text(Text &&other) noexcept : text_(std::exchange(other.text_, nullptr)) {}
  Text &operator=(Text &&other) noexcept {
    std::swap(text_, other.text_);
    return *this;
  }
  Text(const Text &) = delete;
  Text &operator=(const Text &) = delete;
  ~Text() { wotnot_string_free(text_); }

  // NUL-terminated; lives as long as this object, and until it is moved from. A temporary has none,
  // for its text would be gone by the end of the line: keep the Text, or copy it with str().
  const char *c_str() const & noexcept { return text_ == nullptr ? "" : text_; }
  const char *c_str() const && = delete;
  std::string_view view() const & noexcept { return c_str(); }
  std::string_view view() const && = delete;
  std::string str() const { return text_ == nullptr ? "" : text_; }
  bool empty() const noexcept { return text_ == nullptr || *text_ == '\0'; }

 private:
  char *text_ = nullptr;
};

namespace internal {

// The library's sentence for people, out of its error document; "" when there is none.
inline std::string message_of(std::string_view json) {
  constexpr std::string_view key = R"("message":")";
  std::string message;
  const std::size_t start = json.find(key);
  if (start == json.npos) return message;
  for (std::size_t i = start + key.size(); i < json.size() && json[i] != '"'; i++) {
    // A sentence has no other escapes than those of quotes, which stand for themselves.
    if (json[i] == '\\' && i + 1 < json.size()) i++;
    message += json[i];
  }
  return message;
}

// What the C functions would cut at a NUL. JSON and the names of methods hold no control characters,
// so with another one in its place the library refuses the text, and says where.
inline std::string uncut(std::string text) {
  for (char &byte : text) {
    if (byte == '\0') byte = '\x01';
  }
  return text;
}

// Whole milliseconds for wotnot_receive: what is less than one counts as one, what is negative or no
// number as none, and what is too long as the longest.
template <class Rep, class Period>
std::uint32_t milliseconds(const std::chrono::duration<Rep, Period> &time) {
  constexpr std::uint32_t longest = WOTNOT_FOREVER - 1;
  // As a floating-point number, for the longest of hours has too many milliseconds for a whole one.
  const long double wanted = std::chrono::duration<long double, std::milli>(time).count();
  if (!(wanted > 0)) return 0;
  if (!(wanted < longest)) return longest;
  const auto whole = static_cast<std::uint32_t>(wanted);
  return whole < wanted ? whole + 1 : whole;
}

}  // namespace detail

// Why a call failed: what() is a sentence for people. Copies share their text and never throw.
class Error : public std::runtime_error {
 public:
  Error(Status status, const Text &json)
      : std::runtime_error(sentence(status, json)),
        status_(status),
        json_(std::make_shared<const std::string>(json.str())) {}

  Status status() const noexcept { return status_; }
  // {"ok":false,"error":{code, message, retryable, delivery, ...}}; "" when there is no more to
  // say than the status.
  const char *json() const noexcept { return json_->c_str(); }

 private:
  static std::string sentence(Status status, const Text &json) {
    const std::string message = internal::message_of(json.view());
    return message.empty() ? name(status) : std::string(name(status)) + ": " + message;
  }

  Status status_;
  std::shared_ptr<const std::string> json_;
};

// A value, or why there is none. Reading the one that is not there is undefined, as with
// std::optional.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : held_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return held_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  T &operator*() & noexcept { return *std::get_if<0>(&held_); }
  const T &operator*() const & noexcept { return *std::get_if<0>(&held_); }
  T &&operator*() && noexcept { return std::move(*std::get_if<0>(&held_)); }
  T *operator->() noexcept { return std::get_if<0>(&held_); }
  const T *operator->() const noexcept { return std::get_if<0>(&held_); }
  const Error &error() const noexcept { return *std::get_if<1>(&held_); }

 private:
  std::variant<T, Error> held_;
};

// The two modes differ in their types, so that a program which mixes them still links rightly.
#ifdef WOTNOT_NO_EXCEPTIONS
inline namespace returning {
template <class T>
using Outcome = Result<T>;

namespace detail {
template <class T>
Outcome<T> failure(wotnot_status status, const Text &json) {
  return Error(static_cast<Status>(status), json);
}
}  // namespace detail
#else
inline namespace throwing {
template <class T>
using Outcome = T;

namespace detail {
template <class T>
[[noreturn]] Outcome<T> failure(wotnot_status status, const Text &json) {
  throw Error(static_cast<Status>(status), json);
}
}  // namespace detail
#endif

// A client. Move only; closes itself. One that was moved from is an invalid client.
class Client {
 public:
#ifndef WOTNOT_NO_EXCEPTIONS
  // `config_json` is an object; all but `token` have defaults. Nothing is sent.
  explicit Client(const std::string &config_json) : Client(create(config_json)) {}
#endif
  static Outcome<Client> create(const std::string &config_json) {
    wotnot_client id = 0;
    char *json = nullptr;
    const wotnot_status status =
        wotnot_client_new(internal::uncut(config_json).c_str(), &id, &json);
    const Text text(json);
    if (status != WOTNOT_OK) return detail::failure<Client>(status, text);
    return Client(id);
  }

  Client(Client &&other) noexcept : id_(std::exchange(other.id_, 0)) {}
  Client &operator=(Client &&other) noexcept {
    if (this != &other) {
      close();
      id_ = std::exchange(other.id_, 0);
    }
    return *this;
  }
  Client(const Client &) = delete;
  Client &operator=(const Client &) = delete;
  ~Client() { close(); }

  // "start_conversation", "send_message", "open_conversation", "converse", "answer", "forget",
  // "receive", "wait", "cancel", "parse_webhook", "accept_webhook", "public_event" or "status".
  Outcome<Text> call(const std::string &method, const std::string &params_json = "{}") {
    char *json = nullptr;
    const wotnot_status status = wotnot_call(id_, internal::uncut(method).c_str(),
                                             internal::uncut(params_json).c_str(), &json);
    Text text(json);
    if (status != WOTNOT_OK) return detail::failure<Text>(status, text);
    return text;
  }
  // Parameters: visitor_id, message {type, data}; variables, bot_key, timeout_ms, call_id.
  Outcome<Text> start_conversation(const std::string &params_json) {
    return call("start_conversation", params_json);
  }
  // Parameters: conversation_id, message {type, data}; timeout_ms, call_id.
  Outcome<Text> send_message(const std::string &params_json) {
    return call("send_message", params_json);
  }
  // The visitor's conversation; started with the message where there is none: {conversation, contact,
  // opened, message_sent}. Parameters: those of start_conversation; if_known.
  Outcome<Text> open_conversation(const std::string &params_json) {
    return call("open_conversation", params_json);
  }
  // Sends what the visitor says and collects the bot's whole turn: {message_id, text, ended, prompt,
  // events}. Parameters: those of send_message; quiet_ms.
  Outcome<Text> converse(const std::string &params_json) { return call("converse", params_json); }
  // The message that answers a prompt, checked against what the bot asks: {type, data}. Sends
  // nothing. Parameters: prompt, value.
  Outcome<Text> answer(const std::string &params_json) { return call("answer", params_json); }
  // What a browser may be handed of an event: no raw, payload, message or visitor_key. Sends
  // nothing. Parameters: event, the document of an event.
  Outcome<Text> public_event(const std::string &params_json) {
    return call("public_event", params_json);
  }
  // Forgets the visitor's conversation and drops its events: {forgotten, events}. Parameters:
  // visitor_id or conversation_id.
  Outcome<Text> forget(const std::string &params_json) { return call("forget", params_json); }
  // Ends the call with this call_id at once, from any thread: {found}. Parameters: call_id.
  Outcome<Text> cancel(const std::string &params_json) { return call("cancel", params_json); }

  // What happened since the change `after`: {change, conversations}; none when nothing did in time.
  // Parameters: after, timeout_ms, call_id.
  Outcome<std::optional<Text>> wait(const std::string &params_json = "{}") {
    return waiting("wait", params_json);
  }
  // The next event; none when none arrived in time. Parameters: conversation_id, timeout_ms, call_id.
  Outcome<std::optional<Text>> receive(const std::string &params_json) {
    return waiting("receive", params_json);
  }

  // The next event; none when none arrived in time. 0 looks without waiting; the longest wait is
  // some 49 days. An Error with Status::closed or Status::interrupted says that another thread
  // ended the wait.
  template <class Rep, class Period>
  Outcome<std::optional<Text>> receive(const std::chrono::duration<Rep, Period> &timeout) {
    return receive_within(internal::milliseconds(timeout));
  }
  // The same, however long it takes.
  Outcome<std::optional<Text>> receive() { return receive_within(WOTNOT_FOREVER); }

  // Wakes those who wait in receive now, and nothing else.
  Status interrupt() noexcept { return static_cast<Status>(wotnot_interrupt(id_)); }
  // Wakes every blocked call. Closing twice is ok.
  Status close() noexcept {
    return id_ == 0 ? Status::ok : static_cast<Status>(wotnot_client_close(id_));
  }
  // For the functions of wotnot.h; stays ours.
  wotnot_client id() const noexcept { return id_; }

 private:
  explicit Client(wotnot_client id) noexcept : id_(id) {}

  Outcome<std::optional<Text>> receive_within(std::uint32_t timeout_ms) {
    char *json = nullptr;
    const wotnot_status status = wotnot_receive(id_, timeout_ms, &json);
    return waited(status, Text(json));
  }
  Outcome<std::optional<Text>> waiting(const char *method, const std::string &params_json) {
    char *json = nullptr;
    const wotnot_status status = wotnot_call(id_, method, internal::uncut(params_json).c_str(), &json);
    return waited(status, Text(json));
  }
  static Outcome<std::optional<Text>> waited(wotnot_status status, Text text) {
    if (status == WOTNOT_TIMEOUT) return std::optional<Text>();
    if (status != WOTNOT_OK) return detail::failure<std::optional<Text>>(status, text);
    return std::optional<Text>(std::move(text));
  }

  wotnot_client id_;
};

}  // inline namespace
}  // namespace wotnot

#endif  // WOTNOT_HPP
