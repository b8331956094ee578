/* One call after another over the C interface, of every kind: taken, refused, wrong, cancelled, without
 * a server, whole turns, events in, clients made and closed. Arguments: BASE_URL CALLS. Prints the calls so far and
 * the bytes resident in memory, a hundred times, and fails when a call does not give its status. Built with
 * -DGATEWAY the calls are those of a visitor, through a gateway.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "wotnot.h"

#define MESSAGE "\"message\":{\"type\":\"text\",\"data\":{\"body\":\"30\"}}"

static wotnot_client client;

static void expect(const char *what, wotnot_status status, wotnot_status wanted, char *out) {
  if (status != wanted) {
    fprintf(stderr, "%s gave %s: %s\n", what, wotnot_status_name(status), out ? out : "");
    exit(1);
  }
  wotnot_string_free(out);
}

static void call(const char *method, const char *params, wotnot_status wanted) {
  char *out;
  wotnot_status status = wotnot_call(client, method, params, &out);
  expect(method, status, wanted, out);
}

static void make(const char *base_url) {
  char config[512], *out;
  wotnot_status status;
#ifdef GATEWAY
  snprintf(config, sizeof config,
           "{\"gateway\":{\"url\":\"%s\",\"app\":\"shop\"},\"proxy\":null,\"retry\":{\"max_attempts\":1}}", base_url);
#else
  snprintf(config, sizeof config,
           "{\"token\":\"t\",\"bot_key\":\"b\",\"base_url\":\"%s\",\"proxy\":null,"
           "\"retry\":{\"max_attempts\":1},\"webhook\":{\"token\":\"hook\"}}",
           base_url);
#endif
  status = wotnot_client_new(config, &client, &out);
  expect("client_new", status, WOTNOT_OK, out);
}

/* Twenty calls. */
#ifdef GATEWAY
static void round_of_calls(long number) {
  char message[256], *out;
  wotnot_status status;
  int i;
  call("open_conversation", "{" MESSAGE "}", WOTNOT_OK);
  for (i = 0; i < 3; i++)
    call("send_message", "{\"conversation_id\":\"c_1\"," MESSAGE "}", WOTNOT_OK);
  snprintf(message, sizeof message,
           "{\"conversation_id\":\"c_1\",\"client_id\":\"m-%ld\",\"queue\":true," MESSAGE "}", number);
  call("send_message", message, WOTNOT_OK);
  call("send_message", "{\"conversation_id\":\"refused\"," MESSAGE "}", WOTNOT_REJECTED);
  call("send_message", "{\"conversation_id\":3}", WOTNOT_INVALID_ARGUMENT);
  call("receive", "{\"conversation_id\":\"c_1\",\"timeout_ms\":5000}", WOTNOT_OK);
  status = wotnot_receive(client, 5000, &out);
  expect("receive", status, WOTNOT_OK, out);
  call("wait", "{\"after\":0,\"timeout_ms\":5000}", WOTNOT_OK);
  call("resolve", "{\"conversation_id\":\"c_1\",\"client_id\":\"m\",\"action\":\"resend\"}", WOTNOT_OK);
  call("transcript", "{\"conversation_id\":\"c_1\"}", WOTNOT_OK);
  call("upload", "{\"name\":\"cat.png\",\"size\":3}", WOTNOT_OK);
  call("upload", "{\"file_id\":\"f_1\",\"offset\":0,\"data\":\"YWJj\"}", WOTNOT_OK);
  call("set_app_state", "{\"state\":\"background\"}", WOTNOT_OK);
  call("set_app_state", "{\"state\":\"foreground\"}", WOTNOT_OK);
  call("send_message", "{\"conversation_id\":\"c_1\",\"call_id\":1,\"cancelled\":true," MESSAGE "}",
       WOTNOT_INTERRUPTED);
  call("accept_webhook", "{\"body\":\"{}\"}", WOTNOT_INVALID_ARGUMENT);
  call("status", "{}", WOTNOT_OK);
  call("forget", "{}", WOTNOT_OK);
}
#else
static void round_of_calls(long number) {
  char event[256], *out;
  wotnot_status status;
  int i;
  for (i = 0; i < 3; i++)
    call("send_message", "{\"conversation_id\":\"3f0c\"," MESSAGE "}", WOTNOT_OK);
  call("start_conversation", "{\"visitor_id\":\"v\"," MESSAGE "}", WOTNOT_OK);
  call("send_message", "{\"conversation_id\":\"refused\"," MESSAGE "}", WOTNOT_INVALID_REQUEST);
  call("send_message", "{\"conversation_id\":3}", WOTNOT_INVALID_ARGUMENT);
  snprintf(event, sizeof event,
           "{\"body\":\"{\\\"token\\\":\\\"hook\\\",\\\"events\\\":[{\\\"event\\\":{\\\"type\\\":\\\"note\\\","
           "\\\"payload\\\":{\\\"id\\\":%ld}}}]}\"}",
           number);
  call("accept_webhook", event, WOTNOT_OK);
  snprintf(event, sizeof event,
           "{\"body\":\"{\\\"token\\\":\\\"hook\\\",\\\"events\\\":[{\\\"event\\\":{\\\"type\\\":\\\"note\\\","
           "\\\"payload\\\":{\\\"id\\\":%ld}},\\\"conversation\\\":{\\\"key\\\":\\\"3f0c\\\"}}]}\"}",
           number + 1);
  call("accept_webhook", event, WOTNOT_OK);
  call("wait", "{\"after\":0,\"timeout_ms\":0}", WOTNOT_OK);
  call("receive", "{\"conversation_id\":\"3f0c\",\"timeout_ms\":0}", WOTNOT_OK);
  call("accept_webhook", "{\"body\":\"{\\\"token\\\":\\\"wrong\\\"}\"}", WOTNOT_WEBHOOK_REJECTED);
  status = wotnot_receive(client, 0, &out);
  expect("receive", status, WOTNOT_OK, out);
  call("open_conversation", "{\"visitor_id\":\"v\"," MESSAGE "}", WOTNOT_OK);
  call("open_conversation", "{\"visitor_id\":\"v\"," MESSAGE "}", WOTNOT_OK);
  call("forget", "{\"visitor_id\":\"v\"}", WOTNOT_OK);
  call("send_message", "{\"conversation_id\":\"3f0c\",\"call_id\":1,\"cancelled\":true," MESSAGE "}",
       WOTNOT_INTERRUPTED);
  call("converse", "{\"conversation_id\":\"3f0c\",\"call_id\":2,\"cancelled\":true," MESSAGE "}",
       WOTNOT_INTERRUPTED);
  call("cancel", "{\"call_id\":1}", WOTNOT_OK);
  call("answer", "{\"prompt\":{\"kind\":\"slider\",\"min\":18,\"max\":99,\"step\":1,\"unit\":null},\"value\":30}", WOTNOT_OK);
  call("status", "{}", WOTNOT_OK);
}
#endif

static long resident(void) {
  long all, pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file || fscanf(file, "%ld %ld", &all, &pages) != 2) exit(1);
  fclose(file);
  return pages * sysconf(_SC_PAGESIZE);
}

int main(int count, char **arguments) {
  long done, calls;
  if (count != 3) return 2;
  calls = atol(arguments[2]);
  for (done = 0; done < calls; done += 20) {
    if (done % 1000 == 0) {
      wotnot_client_close(client);
      make("http://127.0.0.1:1");
      call("send_message", "{\"conversation_id\":\"3f0c\"," MESSAGE "}", WOTNOT_NETWORK);
      wotnot_client_close(client);
      make(arguments[1]);
    }
#ifndef GATEWAY
    if (done % 10000 == 0) {
      /* Nothing comes, so it takes its time. */
      call("converse", "{\"conversation_id\":\"3f0c\",\"timeout_ms\":100," MESSAGE "}", WOTNOT_OK);
    }
#endif
    if (done % (calls / 100) == 0) printf("%ld %ld\n", done, resident());
    round_of_calls(done);
  }
  printf("%ld %ld\n", done, resident());
  wotnot_client_close(client);
  if (wotnot_live_strings() != 0 || wotnot_live_clients() != 0) {
    fprintf(stderr, "%zu strings and %zu clients are left\n", wotnot_live_strings(), wotnot_live_clients());
    return 1;
  }
  return 0;
}
