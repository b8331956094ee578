/* A chat for the oldest of compilers: C89, no JSON library, no malloc. Settings as in chat.c;
 * a line is cut at 200 bytes, an answer at 1000, and quotes become apostrophes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "wotnot.h"

static char json[4096], line[201], id[101], text[1001];
static char *out;

static const char *setting(const char *name) {
  return getenv(name) != NULL ? getenv(name) : "";
}

/* Copies the first string that follows `key` in `out`; empty when there is none. */
static void field(const char *key, char *to, size_t size) {
  const char *at = out != NULL ? strstr(out, key) : NULL;
  if (at != NULL) {
    for (at += strlen(key); *at != '"' && *at != '\0' && --size > 0; at++) {
      if (*at == '\\') at++;
      *to++ = *at == 'n' && at[-1] == '\\' ? '\n' : *at;
    }
  }
  *to = '\0';
}

static void ended_well(wotnot_status status) {
  if (status == WOTNOT_OK) return;
  field("\"message\":\"", text, sizeof text);
  fprintf(stderr, "%s: %s\n", wotnot_status_name(status), text);
  wotnot_string_free(out);
  exit(1);
}

int main(void) {
  wotnot_client client;
  char *c;
  sprintf(json, "{\"token\":\"%.2000s\",\"bot_key\":\"%.200s\",\"base_url\":\"%.200s\","
                "\"webhook\":{\"token\":\"%.200s\",\"listen\":\"%.200s\"}}",
          setting("WOTNOT_TOKEN"), setting("WOTNOT_BOT_KEY"), setting("WOTNOT_BASE_URL"),
          setting("WOTNOT_WEBHOOK_TOKEN"), setting("WOTNOT_LISTEN"));
  ended_well(wotnot_client_new(json, &client, &out));
  wotnot_string_free(out);
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\r\n")] = '\0';
    for (c = line; *c != '\0'; c++) *c = strchr("\"\\\t", *c) == NULL ? *c : '\'';
    sprintf(json, "{\"%s\":\"%s\",\"message\":{\"type\":\"text\",\"data\":{\"body\":\"%s\"}}}",
            *id ? "conversation_id" : "visitor_id", *id ? id : "legacy-example", line);
    ended_well(wotnot_call(client, *id ? "send_message" : "start_conversation", json, &out));
    if (*id == '\0') field("\"id\":\"", id, sizeof id);
    wotnot_string_free(out);
    while (wotnot_receive(client, 1500, &out) == WOTNOT_OK) {
      field("\"text\":\"", text, sizeof text);
      if (strstr(out, "\"by\":\"visitor\"") == NULL && *text != '\0') puts(text);
      wotnot_string_free(out);
    }
    wotnot_string_free(out);
  }
  return wotnot_client_close(client) != WOTNOT_OK;
}
