/* What one event costs while others wait, and how soon a cancelled call ends, over the C interface.
 *
 * Arguments: BASE_URL ROUNDS EVENTS CANCELS WAITERS... BASE_URL takes messages and never answers.
 * Prints one line of JSON for each number of waiters and round, and one for each cancelled call.
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "wotnot.h"

#ifndef PR_FUTEX_HASH
#define PR_FUTEX_HASH 78
#define PR_FUTEX_HASH_SET_SLOTS 1
#endif

static wotnot_client client;
static atomic_long waiting;
static sem_t heard;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void pause_ms(long milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  nanosleep(&time, NULL);
}

static void die(const char *what, const char *json) {
  fprintf(stderr, "%s failed: %s\n", what, json ? json : "");
  exit(1);
}

static wotnot_status call(const char *method, const char *params) {
  char *json;
  wotnot_status status = wotnot_call(client, method, params, &json);
  if (status != WOTNOT_OK && status != WOTNOT_INTERRUPTED) die(method, json);
  wotnot_string_free(json);
  return status;
}

/* Waits for a conversation that nothing comes in. */
static void *idle(void *number) {
  char params[64];
  snprintf(params, sizeof params, "{\"conversation_id\":\"idle-%ld\",\"call_id\":%ld}", (long)number,
           (long)number);
  waiting++;
  call("receive", params);
  return NULL;
}

/* Ends a call by its name, which the library knows a moment after the call has begun. */
static void cancel_call(const char *params) {
  int is_found = 0;
  while (!is_found) {
    char *json;
    wotnot_call(client, "cancel", params, &json);
    is_found = strstr(json, "true,\"value\":{\"found\":true") != NULL;
    wotnot_string_free(json);
  }
}

/* Hears so many events of the conversation that they come in. */
static void *hear(void *events) {
  long left;
  for (left = (long)events; left > 0; left--) {
    call("receive", "{\"conversation_id\":\"busy\",\"timeout_ms\":30000}");
    sem_post(&heard);
  }
  return NULL;
}

static void say(long number) {
  char params[512];
  snprintf(params, sizeof params,
           "{\"body\":\"{\\\"token\\\":\\\"hook\\\",\\\"events\\\":[{\\\"event\\\":{\\\"type\\\":\\\"note\\\","
           "\\\"payload\\\":{\\\"id\\\":%ld}},\\\"conversation\\\":{\\\"key\\\":\\\"busy\\\"}}]}\"}",
           number);
  call("accept_webhook", params);
}

static void measure(long waiters, long events) {
  pthread_t *threads = calloc((size_t)waiters + 1, sizeof *threads);
  static long said;
  pthread_attr_t small;
  double since;
  clock_t spent;
  long i;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 256 * 1024);
  waiting = 0;
  for (i = 0; i < waiters; i++)
    if (pthread_create(&threads[i], &small, idle, (void *)i)) die("pthread_create", NULL);
  pthread_create(&threads[waiters], NULL, hear, (void *)(events + 1));
  while (waiting < waiters) pause_ms(1);
  /* Each has yet to come from its count to its wait: then the process does next to nothing. To ask for the time
   * of 20,000 threads takes a millisecond itself. */
  do {
    spent = clock();
    pause_ms(100);
  } while (clock() - spent > CLOCKS_PER_SEC / 100);
  say(said++);
  sem_wait(&heard);
  since = now();
  for (i = 0; i < events; i++) {
    say(said++);
    sem_wait(&heard);
  }
  printf("{\"subject\":\"C\",\"waiters\":%ld,\"us\":%.2f}\n", waiters,
         (now() - since) / (double)events * 1e6);
  fflush(stdout);
  for (i = 0; i < waiters; i++) {
    char params[32];
    snprintf(params, sizeof params, "{\"call_id\":%ld}", i);
    cancel_call(params);
    pthread_join(threads[i], NULL);
  }
  pthread_join(threads[waiters], NULL);
  free(threads);
}

/* Sends what nobody answers. */
static void *send_it(void *nothing) {
  char *json;
  wotnot_status status = wotnot_call(client, "send_message",
                                     "{\"conversation_id\":\"3f0c\",\"call_id\":\"c\",\"message\":{"
                                     "\"type\":\"text\",\"data\":{\"body\":\"30\"}}}",
                                     &json);
  if (status != WOTNOT_INTERRUPTED) die("a cancelled call", json);
  wotnot_string_free(json);
  return nothing;
}

static void cancel(void) {
  pthread_t thread;
  double since;
  pthread_create(&thread, NULL, send_it, NULL);
  /* Until the service has it. */
  pause_ms(20);
  since = now();
  cancel_call("{\"call_id\":\"c\"}");
  pthread_join(thread, NULL);
  printf("{\"subject\":\"C\",\"cancel_ms\":%.3f}\n", (now() - since) * 1e3);
}

int main(int argc, char **argv) {
  char config[512], *json;
  long round, cancels;
  int each;
  if (argc < 5) return 2;
  snprintf(config, sizeof config,
           "{\"token\":\"t\",\"base_url\":\"%s\",\"proxy\":null,\"webhook\":{\"token\":\"hook\"}}", argv[1]);
  if (wotnot_client_new(config, &client, &json) != WOTNOT_OK) die("client_new", json);
  wotnot_string_free(json);
  sem_init(&heard, 0, 0);
  /* Newer kernels keep the waiting threads of a process in few lists, 16 on two cores, and walk through one
   * for each wake-up. A program with 20,000 of them asks for more; an older kernel has many anyway. */
  prctl(PR_FUTEX_HASH, PR_FUTEX_HASH_SET_SLOTS, 32768UL, 0UL, 0UL);
  for (round = 0; round < atol(argv[2]); round++)
    for (each = 5; each < argc; each++) measure(atol(argv[each]), atol(argv[3]));
  for (cancels = atol(argv[4]); cancels > 0; cancels--) cancel();
  return wotnot_client_close(client);
}
