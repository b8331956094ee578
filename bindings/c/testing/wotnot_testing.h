/* A stand-in for the service, for tests of C and C++ programs without an account or a network.
 *
 *   struct wotnot_emulator emulator;
 *   wotnot_client client;
 *   if (wotnot_emulator_start(&emulator, "lead.yaml") != 0) { fputs(emulator.problem, stderr); return 1; }
 *   if (wotnot_emulator_client(&emulator, &client) != 0) { fputs(emulator.problem, stderr); return 1; }
 *   ... talk to the bot ...
 *   wotnot_client_close(client);
 *   wotnot_emulator_stop(&emulator);
 *
 * It runs `wotnot emulate` as a child. The command is found through WOTNOT_BIN or the PATH. Header only, C99 and
 * POSIX; functions give 0, or -1 and say in `problem` what was wrong. One thread at a time may use one emulator. */
#ifndef WOTNOT_TESTING_H
#define WOTNOT_TESTING_H

/* Include this first, or define it yourself, when compiling for plain ISO C (-std=c99). */
#if defined(__STRICT_ANSI__) && !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wotnot.h"

#if defined(__GNUC__)
#define WOTNOT_TESTING_API static __attribute__((unused))
#else
#define WOTNOT_TESTING_API static
#endif

#ifdef MSG_NOSIGNAL
#define WOTNOT_TESTING_NO_SIGNAL MSG_NOSIGNAL
#else
#define WOTNOT_TESTING_NO_SIGNAL 0
#endif

/* The longest that the emulator may take to start or to answer. */
#define WOTNOT_TESTING_PATIENCE_MS 60000

/* The token of the webhook that wotnot_emulator_client sets. */
#define WOTNOT_TESTING_WEBHOOK_TOKEN "emulator-webhook"

struct wotnot_emulator {
  pid_t process;      /* the child; 0 when there is none */
  int port;           /* where it listens, on 127.0.0.1 */
  char base_url[64];  /* the same as a URL, for "base_url" in the configuration */
  char token[1024];   /* the account's token */
  char bot_key[256];  /* the key of the bot */
  char problem[1024]; /* what was wrong; empty when nothing was */
};

/* Tells what was wrong; for the functions below. */
WOTNOT_TESTING_API int wotnot_testing_fail(struct wotnot_emulator *emulator, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(emulator->problem, sizeof emulator->problem, format, arguments);
  va_end(arguments);
  return -1;
}

/* The first string of this name in a document of the emulator's, whose strings have no escapes. */
WOTNOT_TESTING_API int wotnot_testing_field(char *into, size_t size, const char *json, const char *name) {
  char key[64];
  const char *start, *end;
  snprintf(key, sizeof key, "\"%s\":\"", name);
  start = strstr(json, key);
  if (start == NULL) return -1;
  start += strlen(key);
  end = strchr(start, '"');
  if (end == NULL || (size_t)(end - start) >= size) return -1;
  memcpy(into, start, (size_t)(end - start));
  into[end - start] = '\0';
  return 0;
}

/* Reads until `end` is there, the other side has no more or the time is over; gives how much that is. */
WOTNOT_TESTING_API size_t wotnot_testing_read(int from, char *into, size_t size, char end) {
  size_t length = 0;
  struct pollfd source;
  source.fd = from;
  source.events = POLLIN;
  while (length + 1 < size && poll(&source, 1, WOTNOT_TESTING_PATIENCE_MS) == 1) {
    ssize_t count = read(from, into + length, size - 1 - length);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    length += (size_t)count;
    if (end != '\0' && memchr(into, end, length) != NULL) break;
  }
  into[length] = '\0';
  return length;
}

/* Ends the emulator. A second time does nothing. */
WOTNOT_TESTING_API void wotnot_emulator_stop(struct wotnot_emulator *emulator) {
  if (emulator->process <= 0) return;
  kill(emulator->process, SIGTERM);
  while (waitpid(emulator->process, NULL, 0) < 0 && errno == EINTR) {
  }
  emulator->process = 0;
}

/* Starts an emulator with the bot of a flow file. */
WOTNOT_TESTING_API int wotnot_emulator_start(struct wotnot_emulator *emulator, const char *flow) {
  const char *program = getenv("WOTNOT_BIN");
  char ready[8192];
  const char *bots, *port;
  int channel[2];
  memset(emulator, 0, sizeof *emulator);
  if (program == NULL || program[0] == '\0') program = "wotnot";
  if (pipe(channel) != 0) return wotnot_testing_fail(emulator, "no pipe: %s", strerror(errno));
  emulator->process = fork();
  if (emulator->process < 0) {
    close(channel[0]);
    close(channel[1]);
    return wotnot_testing_fail(emulator, "no process: %s", strerror(errno));
  }
  if (emulator->process == 0) {
    int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, 0);
    dup2(channel[1], 1);
    close(channel[0]);
    close(channel[1]);
    execlp(program, program, "emulate", "--json", "--quiet", "--flow", flow, (char *)NULL);
    _exit(127);
  }
  close(channel[1]);
  wotnot_testing_read(channel[0], ready, sizeof ready, '\n');
  close(channel[0]);
  bots = strstr(ready, "\"bots\":");
  if (wotnot_testing_field(emulator->base_url, sizeof emulator->base_url, ready, "base_url") != 0 ||
      wotnot_testing_field(emulator->token, sizeof emulator->token, ready, "token") != 0 || bots == NULL ||
      wotnot_testing_field(emulator->bot_key, sizeof emulator->bot_key, bots, "key") != 0) {
    wotnot_emulator_stop(emulator);
    return wotnot_testing_fail(emulator,
                               "the emulator did not start. It is `%s emulate`: name the command in WOTNOT_BIN or put "
                               "it on the PATH (cargo build --package wotnot-cli makes it); what it said is above\n",
                               program);
  }
  port = strrchr(emulator->base_url, ':');
  emulator->port = port == NULL ? 0 : atoi(port + 1);
  return 0;
}

/* Asks the emulator itself, under /_emulator: docs/emulator.md lists what there is, such as PUT /faults, GET
 * /requests, POST /reset. `body` is JSON, or NULL. The answer's JSON goes into `answer`, when that is not NULL. */
WOTNOT_TESTING_API int wotnot_emulator_control(struct wotnot_emulator *emulator, const char *method,
                                               const char *path, const char *body, char *answer, size_t size) {
  char head[1024], *text, *content;
  size_t capacity = 1 << 20, length, written = 0;
  int status = 0, connection = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address;
  const char *parts[2];
  int part;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons((unsigned short)emulator->port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) != 0) {
    if (connection >= 0) close(connection);
    return wotnot_testing_fail(emulator, "the emulator is not there: %s\n", strerror(errno));
  }
  if (body == NULL) body = "";
  snprintf(head, sizeof head,
           "%s /_emulator%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
           "Content-Length: %lu\r\nConnection: close\r\n\r\n",
           method, path, emulator->port, (unsigned long)strlen(body));
  parts[0] = head;
  parts[1] = body;
  for (part = 0; part < 2; part++) {
    length = strlen(parts[part]);
    for (written = 0; written < length;) {
      ssize_t count = send(connection, parts[part] + written, length - written, WOTNOT_TESTING_NO_SIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      written += (size_t)count;
    }
  }
  text = (char *)malloc(capacity);
  if (text == NULL) {
    close(connection);
    return wotnot_testing_fail(emulator, "no memory\n");
  }
  wotnot_testing_read(connection, text, capacity, '\0');
  close(connection);
  if (sscanf(text, "HTTP/1.1 %d", &status) != 1) status = 0;
  content = strstr(text, "\r\n\r\n");
  content = content == NULL ? text + strlen(text) : content + 4;
  if (answer != NULL && size > 0) snprintf(answer, size, "%s", content);
  if (status != 200) wotnot_testing_fail(emulator, "%s %s: HTTP %d: %.700s\n", method, path, status, content);
  free(text);
  return status == 200 ? 0 : -1;
}

/* Makes a client of the emulator, with a listener that gets its events. Close it as any other. */
WOTNOT_TESTING_API int wotnot_emulator_client(struct wotnot_emulator *emulator, wotnot_client *client) {
  char text[2048], url[256];
  char *json = NULL;
  wotnot_status status;
  snprintf(text, sizeof text,
           "{\"token\":\"%s\",\"bot_key\":\"%s\",\"base_url\":\"%s\","
           "\"webhook\":{\"token\":\"%s\",\"listen\":\"127.0.0.1:0\"}}",
           emulator->token, emulator->bot_key, emulator->base_url, WOTNOT_TESTING_WEBHOOK_TOKEN);
  status = wotnot_client_new(text, client, &json);
  if (status == WOTNOT_OK) {
    wotnot_string_free(json);
    status = wotnot_call(*client, "status", NULL, &json);
  }
  if (status != WOTNOT_OK || wotnot_testing_field(url, sizeof url, json, "webhook_url") != 0) {
    wotnot_testing_fail(emulator, "no client: %.700s\n", json == NULL ? wotnot_status_name(status) : json);
    wotnot_string_free(json);
    wotnot_client_close(*client);
    return -1;
  }
  wotnot_string_free(json);
  snprintf(text, sizeof text, "{\"url\":\"%s\",\"token\":\"%s\"}", url, WOTNOT_TESTING_WEBHOOK_TOKEN);
  if (wotnot_emulator_control(emulator, "PUT", "/webhook", text, NULL, 0) == 0) return 0;
  wotnot_client_close(*client);
  return -1;
}

#endif
