/* A chat in the terminal, through libwotnot. C99, no JSON library, fit to be pasted.
 *
 * WOTNOT_TOKEN     the account's token              WOTNOT_BOT_KEY        the bot's key
 * WOTNOT_BASE_URL  the service, or an emulator      WOTNOT_WEBHOOK_TOKEN  the webhook's token
 * WOTNOT_LISTEN    where the webhook points to, such as 127.0.0.1:8089
 *
 * or WOTNOT_CONFIG, a whole configuration, in place of them: such as that of a gateway's visitor,
 * {"gateway": {"url": "https://chat.example.com", "app": "shop-app"}}
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wotnot.h"

#define SIZE 8192
#define QUIET_MS 1500u /* the bot is done when it says nothing for so long */

static const char *setting(const char *name) {
  const char *value = getenv(name);
  if (value == NULL || *value == '\0') {
    fprintf(stderr, "%s is not set\n", name);
    exit(2);
  }
  return value;
}

/* Writes `text` as the inside of a JSON string. */
static void escape(char *out, size_t size, const char *text) {
  size_t used = 0;
  for (; *text != '\0' && used + 7 < size; text++) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\') out[used++] = '\\';
    if (c < 0x20) {
      used += (size_t)sprintf(out + used, "\\u%04x", c);
    } else {
      out[used++] = (char)c;
    }
  }
  out[used] = '\0';
}

/* Copies the first string that is called `name`. Enough for flat fields; use a JSON library for
 * more. */
static int field(char *out, size_t size, const char *json, const char *name) {
  char key[64];
  const char *at;
  size_t used = 0;
  snprintf(key, sizeof key, "\"%s\":\"", name);
  at = json == NULL ? NULL : strstr(json, key);
  if (at == NULL) return 0;
  for (at += strlen(key); *at != '"' && *at != '\0' && used + 1 < size; at++) {
    int escaped = *at == '\\' && at[1] != '\0';
    if (escaped) at++;
    out[used++] = escaped && *at == 'n' ? '\n' : *at;
  }
  out[used] = '\0';
  return 1;
}

/* Prints an error for people, frees the text, and says whether there was one. */
static int failed(wotnot_status status, char *json) {
  char message[512] = "";
  if (status == WOTNOT_OK) return 0;
  field(message, sizeof message, json, "message");
  fprintf(stderr, "%s: %s\n", wotnot_status_name(status), message);
  wotnot_string_free(json);
  return 1;
}

/* Prints what the bot says, until it is quiet. */
static void listen_to_bot(wotnot_client client) {
  char *event, by[32], text[SIZE];
  while (wotnot_receive(client, QUIET_MS, &event) == WOTNOT_OK) {
    if (field(by, sizeof by, event, "by") && strcmp(by, "visitor") != 0 &&
        field(text, sizeof text, event, "text")) {
      printf("%s: %s\n", by, text);
      fflush(stdout);
    }
    wotnot_string_free(event);
  }
  wotnot_string_free(event);
}

int main(void) {
  char json[2 * SIZE], line[1024], said[SIZE], id[256] = "";
  char *out;
  wotnot_client client;
  const char *config = getenv("WOTNOT_CONFIG");
  if (config == NULL) {
    snprintf(json, sizeof json,
             "{\"token\":\"%s\",\"bot_key\":\"%s\",\"base_url\":\"%s\","
             "\"webhook\":{\"token\":\"%s\",\"listen\":\"%s\"}}",
             setting("WOTNOT_TOKEN"), setting("WOTNOT_BOT_KEY"), setting("WOTNOT_BASE_URL"),
             setting("WOTNOT_WEBHOOK_TOKEN"), setting("WOTNOT_LISTEN"));
    config = json;
  }
  wotnot_status made = wotnot_client_new(config, &client, &out);
  if (failed(made, out)) return 1;
  wotnot_string_free(out);
  while (fgets(line, sizeof line, stdin) != NULL) {
    int is_first = id[0] == '\0';
    line[strcspn(line, "\r\n")] = '\0';
    escape(said, sizeof said, line);
    snprintf(json, sizeof json,
             "{\"%s\":\"%s\",\"message\":{\"type\":\"text\",\"data\":{\"body\":\"%s\"}}}",
             is_first ? "visitor_id" : "conversation_id", is_first ? "c-example" : id, said);
    wotnot_status status =
        wotnot_call(client, is_first ? "start_conversation" : "send_message", json, &out);
    if (failed(status, out)) break;
    if (is_first) field(id, sizeof id, out, "id");
    wotnot_string_free(out);
    listen_to_bot(client);
  }
  return wotnot_client_close(client) != WOTNOT_OK;
}
