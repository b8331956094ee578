// A chat in the terminal, through wotnot.hpp and nlohmann/json. An answer is typed as the bot
// offers it; the library made the message that picks it.
//
// WOTNOT_TOKEN     the account's token              WOTNOT_BOT_KEY        the bot's key
// WOTNOT_BASE_URL  the service, or an emulator      WOTNOT_WEBHOOK_TOKEN  the webhook's token
// WOTNOT_LISTEN    where the webhook points to, such as 127.0.0.1:8089
//
// Or all in WOTNOT_CONFIG, as JSON: such as the configuration of a gateway's visitor.
#include <cstdlib>
#include <iostream>
#include <string>

#include "nlohmann.hpp"

using namespace std::chrono_literals;
using wotnot_json::json;

namespace {

std::string setting(const char *name) {
  const char *value = std::getenv(name);
  if (value == nullptr || *value == '\0') throw std::runtime_error(std::string(name) + " is not set");
  return value;
}

// The message for what was typed: the option of that label, or plain text.
json answer(const json &prompt, const std::string &line) {
  if (prompt.is_object() && prompt.contains("options")) {
    for (const json &option : prompt["options"]) {
      if (wotnot_json::text(option, "label") == line) return option.at("answer");
    }
  }
  return {{"type", "text"}, {"data", {{"body", line}}}};
}

// Prints what the bot says until it asks or ends; gives the prompt it waits at, if any.
json listen_to_bot(wotnot::Client &client) {
  while (const auto event = wotnot_json::receive(client, 10s)) {
    if (event->value("closed", json()) == true) break;
    const std::string by = wotnot_json::text(*event, "by");
    if (by.empty() || by == "visitor") continue;
    std::cout << by << ": " << wotnot_json::text(*event, "text") << std::endl;
    if (!event->at("prompt").is_null()) return event->at("prompt");
  }
  return {};
}

json configuration() {
  if (const char *whole = std::getenv("WOTNOT_CONFIG")) return json::parse(whole);
  return {
      {"token", setting("WOTNOT_TOKEN")},
      {"bot_key", setting("WOTNOT_BOT_KEY")},
      {"base_url", setting("WOTNOT_BASE_URL")},
      {"webhook",
       {{"token", setting("WOTNOT_WEBHOOK_TOKEN")}, {"listen", setting("WOTNOT_LISTEN")}}}};
}

void chat() {
  wotnot::Client client(configuration().dump());
  json prompt, id;
  for (std::string line; std::getline(std::cin, line);) {
    const json message = answer(prompt, line);
    if (id.is_null()) {
      const json started = wotnot_json::call(
          client, "start_conversation", {{"visitor_id", "cpp-example"}, {"message", message}});
      id = started.at("conversation").at("id");
    } else {
      wotnot_json::call(client, "send_message", {{"conversation_id", id}, {"message", message}});
    }
    prompt = listen_to_bot(client);
  }
}

}  // namespace

int main() {
  try {
    chat();
    return 0;
  } catch (const wotnot::Error &failure) {
    const json error = wotnot_json::error(failure);
    std::cerr << wotnot::name(failure.status()) << ": " << wotnot_json::text(error, "message")
              << " (delivery: " << wotnot_json::text(error, "delivery") << ")\n";
  } catch (const std::exception &failure) {
    std::cerr << failure.what() << '\n';
  }
  return 1;
}
