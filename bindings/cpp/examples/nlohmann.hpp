// The bridge between wotnot.hpp and nlohmann/json, short enough to be copied and changed.
#ifndef WOTNOT_NLOHMANN_HPP
#define WOTNOT_NLOHMANN_HPP

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

#include "wotnot.hpp"

namespace wotnot_json {

using nlohmann::json;

inline json value(const wotnot::Text &text) { return json::parse(text.view()).at("value"); }

// {code, message, retryable, delivery, ...} of a failure.
inline json error(const wotnot::Error &failure) {
  return *failure.json() == '\0' ? json{{"code", wotnot::name(failure.status())}}
                                 : json::parse(failure.json()).at("error");
}

inline json call(wotnot::Client &client, const char *method, const json &params) {
  return value(client.call(method, params.dump()));
}

inline std::optional<json> receive(wotnot::Client &client, std::chrono::milliseconds timeout) {
  const std::optional<wotnot::Text> event = client.receive(timeout);
  return event ? std::optional<json>(value(*event)) : std::nullopt;
}

// A string that may be absent or null.
inline std::string text(const json &object, const char *field) {
  const auto at = object.find(field);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

}  // namespace wotnot_json

#endif
