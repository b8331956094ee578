/* Calls that go on while the script goes on: PHP has no threads of its own. For vectors.php alone. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "wotnot.h"

struct call {
  wotnot_client client;
  char *method, *params, *json;
  pthread_t thread;
};

static void *run(void *argument) {
  struct call *call = argument;
  wotnot_call(call->client, call->method, call->params, &call->json);
  return NULL;
}

struct call *begin_call(wotnot_client client, const char *method, const char *params) {
  struct call *call = calloc(1, sizeof *call);
  if (call == NULL) abort();
  call->client = client;
  call->method = strdup(method);
  call->params = strdup(params);
  if (call->method == NULL || call->params == NULL) abort();
  if (pthread_create(&call->thread, NULL, run, call) != 0) abort();
  return call;
}

/* The call's envelope, for wotnot_string_free. */
char *end_call(struct call *call) {
  char *json;
  pthread_join(call->thread, NULL);
  json = call->json;
  free(call->method);
  free(call->params);
  free(call);
  return json;
}
