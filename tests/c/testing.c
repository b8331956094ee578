/* wotnot_testing.h, as a test of somebody's own program uses it. The flow is the argument. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"
#include "wotnot_testing.h"

static void a_conversation(const char *flow) {
  struct wotnot_emulator emulator;
  wotnot_client client = 0;
  char answer[65536];
  char *json = NULL;
  check(wotnot_emulator_start(&emulator, flow) == 0, "the emulator starts", emulator.problem);
  check(wotnot_emulator_client(&emulator, &client) == 0, "a client is made", emulator.problem);
  check(wotnot_start_conversation(client,
            "{\"visitor_id\":\"visitor-42\",\"message\":{\"type\":\"text\",\"data\":{\"body\":\"Hello\"}}}",
            &json) == WOTNOT_OK, "a conversation starts", json);
  wotnot_string_free(json);
  check(wotnot_receive(client, 30000, &json) == WOTNOT_OK, "the client gets its events", json);
  wotnot_string_free(json);
  check(wotnot_emulator_control(&emulator, "GET", "/requests", NULL, answer, sizeof answer) == 0 &&
            has(answer, "/api/v1/conversations"),
        "the emulator lists the requests", emulator.problem);
  check(wotnot_emulator_control(&emulator, "PUT", "/nowhere", "{}", NULL, 0) == -1 &&
            has(emulator.problem, "PUT /nowhere: HTTP 404"),
        "a refusal is reported", emulator.problem);
  wotnot_client_close(client);
  wotnot_emulator_stop(&emulator);
  wotnot_emulator_stop(&emulator);
  check(wotnot_emulator_control(&emulator, "GET", "/requests", NULL, NULL, 0) == -1, "it is gone",
        emulator.problem);
}

static void a_missing_command(const char *flow) {
  struct wotnot_emulator emulator;
  setenv("WOTNOT_BIN", "/nowhere/wotnot", 1);
  check(wotnot_emulator_start(&emulator, flow) == -1 && has(emulator.problem, "/nowhere/wotnot emulate") &&
            has(emulator.problem, "WOTNOT_BIN"),
        "a missing command is reported, with what to do", emulator.problem);
}

int main(int count, char **arguments) {
  if (count != 2) return 2;
  a_conversation(arguments[1]);
  a_missing_command(arguments[1]);
  check(wotnot_live_clients() == 0, "no client is left", NULL);
  check(wotnot_live_strings() == 0, "no string is left", NULL);
  return finish();
}
