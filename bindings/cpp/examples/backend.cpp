// A web backend on cpp-httplib: many visitors, each in a window of their own.
//
//   POST   /wotnot/events           the service posts what the bots say
//   POST   /visitors/ID/messages    {"text": ...}: the visitor says something; at first, that starts
//                                   a conversation
//   GET    /visitors/ID/events      what they have not seen yet; waits up to 20 seconds for it
//   DELETE /visitors/ID             the visitor has left
//
// The client keeps the events of each conversation until its window asks for them, so that one that
// nobody looks at holds up no other. What nobody asks for in 15 minutes gives way when there is no
// room.
#include <httplib.h>
#include <signal.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "nlohmann.hpp"

using wotnot_json::json;

namespace {

constexpr int wait_ms = 20000;
// A window that waits holds one up.
constexpr std::size_t threads = 256;

class Backend {
 public:
  explicit Backend(wotnot::Client client) : client_(std::move(client)) {}

  // Starts the visitor's conversation with this, or goes on with the one that they have.
  json say(const std::string &visitor, const std::string &text) {
    const json message = {{"type", "text"}, {"data", {{"body", text}}}};
    const json opened = wotnot_json::call(client_, "open_conversation",
                                          {{"visitor_id", visitor}, {"message", message}});
    const std::string id = opened.at("conversation").at("id");
    {
      const std::lock_guard lock(mutex_);
      chats_[visitor] = id;
    }
    if (!opened.at("message_sent")) {
      wotnot_json::call(client_, "send_message", {{"conversation_id", id}, {"message", message}});
    }
    return {{"conversation", id}};
  }

  // What the visitor's window has to show next: waits for one event, and takes the rest that is
  // there already. None for a visitor who is not here.
  std::optional<json> events(const std::string &visitor) {
    std::string id;
    {
      const std::lock_guard lock(mutex_);
      const auto chat = chats_.find(visitor);
      if (chat == chats_.end()) return std::nullopt;
      id = chat->second;
    }
    json seen = json::array();
    json next = {{"conversation_id", id}, {"timeout_ms", wait_ms}};
    while (const auto received = client_.receive(next.dump())) {
      const json event = wotnot_json::value(*received);
      // Never the event itself: it holds what is the account's alone.
      if (wotnot_json::text(event, "by") != "visitor") {
        seen.push_back(wotnot_json::call(client_, "public_event", {{"event", event}}));
      }
      next["timeout_ms"] = 0;
    }
    return seen;
  }

  // Drops the conversation, and the events of it that wait.
  bool leave(const std::string &visitor) {
    bool was_here;
    {
      const std::lock_guard lock(mutex_);
      was_here = chats_.erase(visitor) > 0;
    }
    wotnot_json::call(client_, "forget", {{"visitor_id", visitor}});
    return was_here;
  }

  // What the service must be answered.
  json accept(const httplib::Request &request) {
    json params = {{"body", request.body}};
    if (request.has_header("Authorization")) {
      params["authorization"] = request.get_header_value("Authorization");
    }
    try {
      return wotnot_json::call(client_, "accept_webhook", params).at("reply");
    } catch (const wotnot::Error &failure) {
      // 401 for a wrong token, 503 when there is no room: the service comes again.
      const json error = wotnot_json::error(failure);
      return error.value("reply", json{{"status", 500}, {"body", "{}"}});
    }
  }

  // Ends the waits of windows.
  void close() { client_.close(); }

 private:
  wotnot::Client client_;
  std::mutex mutex_;
  // The conversation of each visitor who is here.
  std::map<std::string, std::string> chats_;
};

void reply(httplib::Response &response, int status, const std::string &body) {
  response.status = status;
  response.set_content(body, "application/json");
}

void routes(httplib::Server &server, Backend &backend) {
  server.Post("/wotnot/events", [&](const httplib::Request &request, httplib::Response &response) {
    const json made = backend.accept(request);
    reply(response, made.at("status"), made.at("body"));
  });
  server.Post("/visitors/([^/]+)/messages",
              [&](const httplib::Request &request, httplib::Response &response) {
                const json said = json::parse(request.body);
                reply(response, 200, backend.say(request.matches[1], said.at("text")).dump());
              });
  server.Get("/visitors/([^/]+)/events",
             [&](const httplib::Request &request, httplib::Response &response) {
               const auto seen = backend.events(request.matches[1]);
               reply(response, seen ? 200 : 404, seen ? seen->dump() : "{}");
             });
  server.Delete("/visitors/([^/]+)",
                [&](const httplib::Request &request, httplib::Response &response) {
                  reply(response, backend.leave(request.matches[1]) ? 200 : 404, "{}");
                });
  server.set_exception_handler([](const httplib::Request &, httplib::Response &response,
                                  std::exception_ptr thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const wotnot::Error &failure) {
      // The window asks before it offers to say it again: it may have been taken.
      const json error = wotnot_json::error(failure);
      reply(response, 502, json{{"code", error["code"]}, {"delivery", error["delivery"]}}.dump());
    } catch (const json::exception &) {
      reply(response, 400, "{}");
    }
  });
}

std::string setting(const char *name) {
  const char *value = std::getenv(name);
  if (value == nullptr || *value == '\0') throw std::runtime_error(std::string(name) + " is not set");
  return value;
}

void run() {
  const json config = {{"token", setting("WOTNOT_TOKEN")},
                       {"bot_key", setting("WOTNOT_BOT_KEY")},
                       {"base_url", setting("WOTNOT_BASE_URL")},
                       {"webhook", {{"token", setting("WOTNOT_WEBHOOK_TOKEN")}}}};
  Backend backend(wotnot::Client(config.dump()));
  const std::string listen = setting("WOTNOT_LISTEN");
  const std::size_t colon = listen.rfind(':');

  // Threads inherit it: the signal is for `sigwait` alone.
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);

  httplib::Server server;
  // Without it each reply waits for 40 ms, in the hope of more to send.
  server.set_tcp_nodelay(true);
  server.new_task_queue = [] { return new httplib::ThreadPool(threads); };
  routes(server, backend);
  if (!server.bind_to_port(listen.substr(0, colon).c_str(), std::stoi(listen.substr(colon + 1)))) {
    throw std::runtime_error("WOTNOT_LISTEN: cannot listen at " + listen);
  }
  std::thread serving([&] { server.listen_after_bind(); });
  int signal_number = 0;
  sigwait(&stop, &signal_number);
  backend.close();
  server.stop();
  serving.join();
}

}  // namespace

int main() {
  try {
    run();
    return 0;
  } catch (const wotnot::Error &failure) {
    std::cerr << failure.what() << '\n';
  } catch (const std::exception &failure) {
    std::cerr << failure.what() << '\n';
  }
  return 1;
}
