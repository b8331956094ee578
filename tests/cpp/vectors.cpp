// Runs every conformance vector through wotnot.hpp: vectors PLAYER FOLDER. The runner of
// docs/vectors.md; it knows nothing of what is expected. Compiles in both modes.
#include <cstdio>
#include <cstdlib>
#include <future>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "../c/child.h"
#include "wotnot.hpp"

using json = nlohmann::ordered_json;

namespace {

constexpr std::size_t workers = 4;

[[noreturn]] void die(const char *what) {
  std::perror(what);
  std::exit(1);
}

// A player process; one vector at a time.
class Player {
 public:
  Player(const char *program, const char *folder) {
    if (!child_start(&child_, program, folder)) die(program);
  }
  Player(const Player &) = delete;
  Player &operator=(const Player &) = delete;
  ~Player() { child_end(&child_); }

  json ask(const std::string &line) {
    if (std::fprintf(child_.to, "%s\n", line.c_str()) < 0 || std::fflush(child_.to) != 0) die("player");
    char *answer = child_line(&child_);
    if (answer == nullptr) die("player");
    json turn = json::parse(answer);
    std::free(answer);
    return turn;
  }

 private:
  child child_;
};

// Prints what a program that prints everything would, when WOTNOT_SHOW asks for it. Never an event.
void show(const char *what) {
  if (const char *control = std::getenv("WOTNOT_SHOW")) std::printf("shown %s %s\n", control, what);
}

std::string envelope(wotnot::Status status) {
  if (status == wotnot::Status::ok) return R"({"ok":true})";
  return std::string(R"({"ok":false,"error":{"code":")") + wotnot::name(status) + "\"}}";
}

// What the C interface promises of a failure: the text names the status that was returned.
std::string envelope(const wotnot::Error &error) {
  show(error.what());
  if (*error.json() == '\0') return envelope(error.status());
  if (json::parse(error.json())["error"]["status"] != static_cast<int>(error.status())) {
    return R"({"ok":false,"error":{"code":"the status and its text differ"}})";
  }
  return error.json();
}
std::string envelope(const wotnot::Text &text) { return text.str(); }
std::string envelope(const std::optional<wotnot::Text> &event) {
  return event ? event->str() : envelope(wotnot::Status::timeout);
}

template <class Call>
std::string attempt(Call call) {
#ifdef WOTNOT_NO_EXCEPTIONS
  const auto result = call();
  return result ? envelope(*result) : envelope(result.error());
#else
  try {
    return envelope(call());
  } catch (const wotnot::Error &error) {
    return envelope(error);
  }
#endif
}

// The calls under way, by name.
using Calls = std::map<std::string, std::future<std::string>>;

// The things that a turn can ask for.
std::string perform(std::optional<wotnot::Client> &client, Calls &calls, const json &turn) {
  const std::string what = turn.at("do");
  if (what == "new") {
    const std::string config = turn.at("config").dump();
#ifdef WOTNOT_NO_EXCEPTIONS
    auto made = wotnot::Client::create(config);
    if (!made) return envelope(made.error());
    client.emplace(std::move(*made));
#else
    try {
      client.emplace(config);
    } catch (const wotnot::Error &error) {
      return envelope(error);
    }
#endif
    show("a client, which prints as nothing");
    return R"({"ok":true})";
  }
  const auto call = [&client](const json &step) {
    return attempt([&] { return client->call(step.at("method"), step.at("params").dump()); });
  };
  if (what == "call") return call(turn);
  if (what == "begin") {
    calls[turn.at("name")] = std::async(std::launch::async, call, turn);
    return envelope(wotnot::Status::ok);
  }
  if (what == "end") {
    const auto begun = calls.find(turn.at("name"));
    std::string result = begun->second.get();
    calls.erase(begun);
    return result;
  }
  if (what == "receive") {
    const std::chrono::milliseconds timeout(turn.at("timeout_ms").get<std::int64_t>());
    return attempt([&] { return client->receive(timeout); });
  }
  return envelope(what == "interrupt" ? client->interrupt() : client->close());
}

json play(Player &player, const json &name) {
  json turn = player.ask(json{{"open", name}}.dump());
  std::optional<wotnot::Client> client;
  Calls calls;
  while (turn.contains("do")) {
    turn = player.ask(R"({"result":)" + perform(client, calls, turn) + "}");
  }
  // Ends the calls that are left when a step failed: their futures wait for them.
  if (client) static_cast<void>(client->close());
  return turn;
}

}  // namespace

int main(int count, char **arguments) {
  if (count != 3) return 2;
  // The library has no logger, and reads no variable that would give it one.
  if (const char *control = std::getenv("WOTNOT_SHOW")) std::printf("logged %s\n", control);
  const json names = Player(arguments[1], arguments[2]).ask(R"({"list":true})").at("names");
  std::size_t played = 0, passed = 0;
  std::mutex lock;
  std::vector<std::thread> threads;
  for (std::size_t first = 0; first < workers; first++) {
    threads.emplace_back([&, first] {
      Player player(arguments[1], arguments[2]);
      for (std::size_t i = first; i < names.size(); i += workers) {
        const json verdict = play(player, names[i]);
        const std::lock_guard<std::mutex> guard(lock);
        played++;
        passed += verdict.at("passed").get<bool>();
        if (!verdict.at("passed")) std::printf("FAILED %s\n", verdict.dump().c_str());
      }
    });
  }
  for (std::thread &thread : threads) thread.join();
  if (wotnot_live_strings() != 0 || wotnot_live_clients() != 0) {
    std::printf("%zu strings and %zu clients were left behind\n", wotnot_live_strings(),
                wotnot_live_clients());
    return 1;
  }
  std::printf("vectors in C++: %zu passed, %zu failed\n", passed, played - passed);
  return passed != played;
}
