/* The boundary: whatever a caller does wrong is an error, never a crash; waiters wake at once. */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "wotnot.h"

#define WAITERS 8
#define GENEROUS_MS 10000.0

static const char *RECEIVER =
    "{\"token\":\"t\",\"base_url\":\"http://127.0.0.1:9\",\"webhook\":{\"token\":\"hook\"}}";

static double now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void pause_ms(long ms) {
  struct timespec time = {ms / 1000, (ms % 1000) * 1000000L};
  nanosleep(&time, NULL);
}

static wotnot_client make(const char *config) {
  wotnot_client client = 0;
  char *json = NULL;
  wotnot_status status = wotnot_client_new(config, &client, &json);
  check(status == WOTNOT_OK && client != 0, "a client is made", json);
  wotnot_string_free(json);
  return client;
}

/* Takes the place of the text, for C does not say when an argument is read. */
static void expect(const char *what, wotnot_status status, wotnot_status wanted, char **json,
                   const char *part) {
  check(status == wanted && has(*json, part), what, *json);
  wotnot_string_free(*json);
  *json = NULL;
}

static void null_pointers(void) {
  wotnot_client client = 0;
  char *json = NULL;
  expect("a NULL config is an error", wotnot_client_new(NULL, &client, &json),
         WOTNOT_NULL_ARGUMENT, &json, "config_json: must not be NULL");
  expect("a NULL out_client is an error", wotnot_client_new(RECEIVER, NULL, &json),
         WOTNOT_NULL_ARGUMENT, &json, "out_client");
  check(wotnot_client_new(NULL, NULL, NULL) == WOTNOT_NULL_ARGUMENT, "all NULL is an error", NULL);
  client = make(RECEIVER);
  expect("a NULL method is an error", wotnot_call(client, NULL, "{}", &json), WOTNOT_NULL_ARGUMENT,
         &json, "method");
  expect("NULL parameters stand for none", wotnot_call(client, "status", NULL, &json), WOTNOT_OK,
         &json, "\"version\"");
  check(wotnot_call(client, "status", "{}", NULL) == WOTNOT_OK, "no text is wanted", NULL);
  check(wotnot_receive(client, 0, NULL) == WOTNOT_TIMEOUT, "no event text is wanted", NULL);
  wotnot_string_free(NULL);
  check(wotnot_client_close(client) == WOTNOT_OK, "close", NULL);
}

static void bad_text(void) {
  wotnot_client client = 0;
  char *json = NULL;
  expect("a config that is not UTF-8 is an error",
         wotnot_client_new("{\"token\":\"\xff\"}", &client, &json), WOTNOT_INVALID_UTF8, &json,
         "config_json: not UTF-8 at byte 10");
  expect("a config that is not JSON is an error", wotnot_client_new("{token}", &client, &json),
         WOTNOT_INVALID_JSON, &json, "line 1, column 2");
  expect("a config without a token names it", wotnot_client_new("{}", &client, &json),
         WOTNOT_INVALID_ARGUMENT, &json, "token: missing");
  check(client == 0, "no client comes of an error", NULL);
  client = make(RECEIVER);
  expect("a method that is not UTF-8 is an error", wotnot_call(client, "\xc3\x28", "{}", &json),
         WOTNOT_INVALID_UTF8, &json, "method: not UTF-8");
  expect("an unknown method is an error", wotnot_call(client, "nope", "{}", &json),
         WOTNOT_UNKNOWN_METHOD, &json, "no such method");
  expect("parameters that are not JSON are an error", wotnot_call(client, "status", "{", &json),
         WOTNOT_INVALID_JSON, &json, "not JSON");
  expect("a message that is not JSON is known not to be sent",
         wotnot_send_message(client, "{", &json), WOTNOT_INVALID_JSON, &json,
         "\"delivery\":\"not_sent\"");
  expect("a message that is not UTF-8 is known not to be sent",
         wotnot_send_message(client, "{\"\xff\":1}", &json), WOTNOT_INVALID_UTF8, &json,
         "\"delivery\":\"not_sent\"");
  wotnot_client_close(client);
}

static void dead_clients(void) {
  char *json = NULL;
  wotnot_client client = make(RECEIVER);
  expect("client 0 is an error", wotnot_call(0, "status", "{}", &json), WOTNOT_INVALID_CLIENT, &json,
         "0 is never a client");
  expect("a client that was never made is an error", wotnot_receive(UINT64_MAX, 0, &json),
         WOTNOT_INVALID_CLIENT, &json, "no such client");
  check(wotnot_client_close(client) == WOTNOT_OK, "close once", NULL);
  check(wotnot_client_close(client) == WOTNOT_OK, "close twice", NULL);
  check(wotnot_client_close(0) == WOTNOT_INVALID_CLIENT, "closing 0 is an error", NULL);
  expect("a closed client is an error", wotnot_call(client, "status", "{}", &json), WOTNOT_CLOSED,
         &json, "\"delivery\":null");
  expect("what a closed client should send is known not to be sent",
         wotnot_send_message(client, "{}", &json), WOTNOT_CLOSED, &json,
         "\"delivery\":\"not_sent\"");
  check(wotnot_interrupt(client) == WOTNOT_CLOSED, "interrupting it is an error too", NULL);
}

struct waiter {
  pthread_t thread;
  wotnot_client client;
  const char *params; /* NULL: waits for an event; else sends a message */
  wotnot_status status;
  double ended;
};

static void *wait_for_it(void *argument) {
  struct waiter *waiter = argument;
  char *json = NULL;
  waiter->status = waiter->params
                       ? wotnot_call(waiter->client, "send_message", waiter->params, &json)
                       : wotnot_receive(waiter->client, WOTNOT_FOREVER, &json);
  waiter->ended = now_ms();
  wotnot_string_free(json);
  return NULL;
}

static void wake_all(const char *what, const char *config, const char *params,
                     wotnot_status (*wake)(wotnot_client), wotnot_status wanted) {
  struct waiter waiters[WAITERS];
  wotnot_client client = make(config);
  double since, slowest = 0;
  int i, right = 0;
  char details[80];
  for (i = 0; i < WAITERS; i++) {
    waiters[i].client = client;
    waiters[i].params = params;
    pthread_create(&waiters[i].thread, NULL, wait_for_it, &waiters[i]);
  }
  pause_ms(300);
  since = now_ms();
  wake(client);
  for (i = 0; i < WAITERS; i++) {
    pthread_join(waiters[i].thread, NULL);
    if (waiters[i].status == wanted) right++;
    if (waiters[i].ended - since > slowest) slowest = waiters[i].ended - since;
  }
  snprintf(details, sizeof details, "%d of %d, the last after %.1f ms", right, WAITERS, slowest);
  printf("      %s\n", details);
  check(right == WAITERS && slowest < GENEROUS_MS, what, details);
  wotnot_client_close(client);
}

/* A server that takes connections and never answers. */
static int silent_server(char *config, size_t size) {
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  int server = socket(AF_INET, SOCK_STREAM, 0);
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(server, (struct sockaddr *)&address, sizeof address) || listen(server, 64) ||
      getsockname(server, (struct sockaddr *)&address, &length)) {
    perror("silent_server");
    exit(1);
  }
  snprintf(config, size, "{\"token\":\"t\",\"base_url\":\"http://127.0.0.1:%d\"}",
           ntohs(address.sin_port));
  return server;
}

static void a_panic(void) {
  wotnot_client client = make(RECEIVER);
  char *json = NULL;
#ifdef WITH_TEST_PANIC
  expect("a panic is caught", wotnot_call(client, "test_panic", "{}", &json), WOTNOT_PANIC, &json,
         "\"code\":\"panic\"");
#else
  expect("a release build cannot be made to panic", wotnot_call(client, "test_panic", "{}", &json),
         WOTNOT_UNKNOWN_METHOD, &json, "no such method");
#endif
  expect("the client lives on", wotnot_call(client, "status", "{}", &json), WOTNOT_OK, &json,
         "\"ok\":true");
  wotnot_client_close(client);
}

static void a_fork(void) {
  wotnot_client client = make(RECEIVER);
  int state = 0;
  pid_t child;
  fflush(stdout);
  child = fork();
  if (child == 0) {
    wotnot_client own = 0;
    char *json = NULL;
    int right = wotnot_call(client, "status", "{}", &json) == WOTNOT_FORKED && has(json, "forked");
    wotnot_string_free(json);
    right = right && wotnot_receive(client, 0, NULL) == WOTNOT_FORKED &&
            wotnot_client_close(client) == WOTNOT_FORKED;
    right = right && wotnot_client_new(RECEIVER, &own, NULL) == WOTNOT_OK && own > client &&
            wotnot_call(own, "status", "{}", NULL) == WOTNOT_OK && wotnot_live_clients() == 1 &&
            wotnot_client_close(own) == WOTNOT_OK;
    _exit(right ? 0 : 1);
  }
  waitpid(child, &state, 0);
  check(WIFEXITED(state) && WEXITSTATUS(state) == 0,
        "the child gets an error that it forked, and makes a client of its own", NULL);
  check(wotnot_call(client, "status", "{}", NULL) == WOTNOT_OK, "the parent goes on", NULL);
  wotnot_client_close(client);
}

/* Retries and results are events, also on a client without a webhook, and wake loops. */
static void the_log(void) {
  static const char *const send =
      "{\"conversation_id\":\"3f0c\",\"message\":{\"type\":\"text\",\"data\":{\"body\":\"hush\"}}}";
  wotnot_client client =
      make("{\"token\":\"hush\",\"base_url\":\"http://127.0.0.1:1\",\"proxy\":null,\"log\":\"retries\","
           "\"retry\":{\"max_attempts\":2,\"base_delay_ms\":0}}");
  struct pollfd source;
  char *json = NULL, *found;
  check(wotnot_call(client, "status", NULL, &json) == WOTNOT_OK, "a client with a log has a status", json);
  found = strstr(json, "\"event_fd\":");
  source.fd = found == NULL ? -1 : atoi(found + strlen("\"event_fd\":"));
  source.events = POLLIN;
  wotnot_string_free(json);
  check(poll(&source, 1, 0) == 0, "nothing is logged yet", NULL);
  check(wotnot_call(client, "send_message", send, NULL) == WOTNOT_NETWORK, "the service is not there", NULL);
  check(poll(&source, 1, 0) == 1, "the log wakes a loop", NULL);
  wotnot_receive(client, 0, &json);
  check(!has(json, "hush"), "the log holds no secret", NULL);
  wotnot_string_free(json);
  check(wotnot_call(client, "send_message", send, NULL) == WOTNOT_NETWORK, "the service is not there", NULL);
  expect("how a call ended is an event", wotnot_receive(client, 0, &json), WOTNOT_OK, &json,
         "\"type\":\"log\"");
  expect("so is a retry", wotnot_receive(client, 0, &json), WOTNOT_OK, &json,
         "send_message: attempt 1 failed with network (not_sent)");
  expect("a receiver may want it alone",
         wotnot_call(client, "receive", "{\"log\":\"only\",\"timeout_ms\":0}", &json), WOTNOT_OK, &json,
         "send_message: failed with network (not_sent)");
  check(poll(&source, 1, 0) == 0, "all of the log is taken", NULL);
  wotnot_client_close(client);
}

int main(void) {
  char config[128];
  int server;
  check(wotnot_abi_version() == WOTNOT_ABI_VERSION, "the header fits the library", NULL);
  check(has(wotnot_version(), "."), "the library has a version", NULL);
  check(strcmp(wotnot_status_name(WOTNOT_RATE_LIMITED), "rate_limited") == 0 &&
            strcmp(wotnot_status_name(4711), "unknown") == 0,
        "statuses have names", NULL);
  null_pointers();
  bad_text();
  dead_clients();
  wake_all("close wakes eight who wait for an event", RECEIVER, NULL, wotnot_client_close,
           WOTNOT_CLOSED);
  wake_all("interrupt wakes eight who wait for an event", RECEIVER, NULL, wotnot_interrupt,
           WOTNOT_INTERRUPTED);
  server = silent_server(config, sizeof config);
  wake_all("close wakes eight who wait for an answer", config,
           "{\"conversation_id\":\"c\",\"message\":{\"type\":\"text\",\"data\":{\"body\":\"x\"}}}",
           wotnot_client_close, WOTNOT_CLOSED);
  close(server);
  a_panic();
  a_fork();
  the_log();
  check(wotnot_live_clients() == 0, "no client is left", NULL);
  check(wotnot_live_strings() == 0, "no string is left", NULL);
  return finish();
}
