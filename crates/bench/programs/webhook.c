/* Webhook intake: a listener's events received one by one, and posts handed over by the caller.
 *
 * Arguments: EVENTS. Prints the listener's address. Then each line of standard input names a subject:
 * `parse_webhook` takes EVENTS posts apart, `accept_webhook` takes EVENTS posts in and receives their
 * events, any other receives EVENTS events of the listener. Each prints one line of JSON.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "wotnot.h"

static wotnot_client client;
static long sent;

static void die(const char *what) {
  fprintf(stderr, "%s failed\n", what);
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double cpu(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6 +
         (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6;
}

static void receive(void) {
  char *json;
  wotnot_status status = wotnot_receive(client, 60000, &json);
  if (status != WOTNOT_OK) die(json ? json : wotnot_status_name(status));
  wotnot_string_free(json);
}

/* A post of one event, none like another: repeated deliveries are left out. */
static void hand_over(const char *method) {
  char params[1024];
  char *json;
  snprintf(params, sizeof params,
           "{\"body\":\"{\\\"token\\\":\\\"hook\\\",\\\"events\\\":[{\\\"event\\\":{\\\"type\\\":\\\"message\\\","
           "\\\"payload\\\":{\\\"id\\\":\\\"c-%ld\\\",\\\"message_by\\\":{\\\"type\\\":\\\"bot\\\"},\\\"message\\\":"
           "{\\\"type\\\":\\\"text\\\",\\\"text\\\":\\\"<p>How old are <b>you</b>?</p>\\\"}}},"
           "\\\"conversation\\\":{\\\"key\\\":\\\"3f0c\\\"},\\\"visitor\\\":{\\\"key\\\":\\\"visitor-42_777\\\"}}]}\"}",
           sent++);
  if (wotnot_call(client, method, params, &json) != WOTNOT_OK) die(json);
  wotnot_string_free(json);
}

static void measure(const char *subject, long count) {
  int parses = strcmp(subject, "parse_webhook") == 0;
  int listens = !parses && strcmp(subject, "accept_webhook") != 0;
  double since, used;
  long i;
  /* The clock starts with the first event, for the sender starts whenever it is ready. */
  if (listens) {
    receive();
    count--;
  }
  since = now();
  used = cpu();
  for (i = 0; i < count; i++) {
    if (!listens) hand_over(subject);
    if (!parses) receive();
  }
  since = now() - since;
  used = cpu() - used;
  printf("{\"subject\":\"%s\",\"rate\":%.1f,\"cpu_us\":%.2f}\n", subject, (double)count / since,
         used / (double)count * 1e6);
  fflush(stdout);
}

int main(int argc, char **argv) {
  char config[256], line[64];
  char *json, *address;
  if (argc != 2) return 2;
  /* Room for all: what is measured is not how a full inbox refuses. */
  snprintf(config, sizeof config,
           "{\"token\":\"a.fake.token\",\"webhook\":{\"token\":\"hook\",\"listen\":\"127.0.0.1:0\","
           "\"capacity\":%ld,\"capacity_bytes\":1073741824}}",
           4 * atol(argv[1])); /* one conversation takes a quarter */
  if (wotnot_client_new(config, &client, &json) != WOTNOT_OK) die(json);
  wotnot_string_free(json);
  if (wotnot_call(client, "status", "{}", &json) != WOTNOT_OK) die(json);
  address = strstr(json, "127.0.0.1:");
  if (address == NULL) die("finding the listener's address");
  printf("%.*s\n", (int)strcspn(address, "/"), address);
  fflush(stdout);
  wotnot_string_free(json);
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    measure(line, atol(argv[1]));
  }
  return wotnot_client_close(client);
}
