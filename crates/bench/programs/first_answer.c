/* From dlopen to the first answer, in a process that has done nothing else: the milliseconds of
 * one exchange over a bare socket, and of libwotnot from nothing.
 *
 * Arguments: LIBRARY BASE_URL PORT CA_FILE (empty over plain HTTP).
 */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "wotnot.h"

#define MESSAGE "{\"type\":\"text\",\"data\":{\"body\":\"30\"}}"
#define BODY "{\"message\":" MESSAGE ",\"user\":{\"type\":\"VISITOR\"}}"

typedef wotnot_status (*new_function)(const char *, wotnot_client *, char **);
typedef wotnot_status (*call_function)(wotnot_client, const char *, const char *, char **);

static double now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void die(const char *what) {
  fprintf(stderr, "%s failed\n", what);
  exit(1);
}

/* The whole answer fits one segment. */
static void bare(int port) {
  struct sockaddr_in address;
  char request[512], answer[4096];
  int length, stream = socket(AF_INET, SOCK_STREAM, 0);
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons((unsigned short)port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(stream, (struct sockaddr *)&address, sizeof address)) die("connect");
  length = snprintf(request, sizeof request,
                    "POST /api/v1/conversation/3f0c/messages HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                    "Content-Length: %d\r\n\r\n" BODY,
                    (int)strlen(BODY));
  if (write(stream, request, (size_t)length) != length) die("write");
  if (read(stream, answer, sizeof answer) <= 0) die("read");
  close(stream);
}

/* ISO C has no cast from an object's pointer to a function's. */
static void look_up(void *library, const char *name, void *function, size_t size) {
  void *found = dlsym(library, name);
  if (found == NULL) die(name);
  memcpy(function, &found, size);
}

static void wotnot(const char *path, const char *url, const char *ca) {
  char config[2048];
  wotnot_client client;
  new_function make;
  call_function call;
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) die(path);
  look_up(library, "wotnot_client_new", &make, sizeof make);
  look_up(library, "wotnot_call", &call, sizeof call);
  snprintf(config, sizeof config,
           "{\"token\":\"a.fake.token\",\"base_url\":\"%s\",\"proxy\":null,\"tls\":{\"ca_file\":%s%s%s}}",
           url, *ca ? "\"" : "", *ca ? ca : "null", *ca ? "\"" : "");
  if (make(config, &client, NULL) != WOTNOT_OK) die("wotnot_client_new");
  if (call(client, "send_message", "{\"conversation_id\":\"3f0c\",\"message\":" MESSAGE "}", NULL)) {
    die("wotnot_call");
  }
}

int main(int count, char **arguments) {
  double start, between;
  if (count != 5) return 2;
  start = now_ms();
  bare(atoi(arguments[3]));
  between = now_ms();
  wotnot(arguments[1], arguments[2], arguments[4]);
  printf("%f %f\n", between - start, now_ms() - between);
  return 0;
}
