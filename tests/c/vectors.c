/* Runs every conformance vector over the C interface: vectors PLAYER FOLDER. The runner of
 * docs/vectors.md; it knows nothing of what is expected. Links wherever C does: no JSON library. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "wotnot.h"

#define WORKERS 4

static void die(const char *what) {
  perror(what);
  exit(1);
}

static char *copy(const char *start, size_t length) {
  char *text = malloc(length + 1);
  if (text == NULL) die("malloc");
  memcpy(text, start, length);
  text[length] = '\0';
  return text;
}

/* The end of the JSON value that starts here. What is read was written by the player or the library. */
static const char *after(const char *at) {
  int depth = 0;
  do {
    if (*at == '"') {
      for (at++; *at != '"'; at++) {
        if (*at == '\\') at++;
      }
      at++;
    } else if (*at == '{' || *at == '[') {
      depth++;
      at++;
    } else if (*at == '}' || *at == ']') {
      depth--;
      at++;
    } else if (depth > 0) {
      at++;
    } else {
      at += strcspn(at, ",]} \n");
    }
  } while (depth > 0);
  return at;
}

/* The text of a member of an object, as it stands, or NULL. The caller frees it. */
static char *member(const char *object, const char *name) {
  const char *at = object + 1;
  while (*at == '"') {
    const char *key = at + 1, *value;
    size_t length;
    at = after(at);
    length = (size_t)(at - key) - 1;
    value = at + 1;
    at = after(value);
    if (strlen(name) == length && strncmp(key, name, length) == 0) {
      return copy(value, (size_t)(at - value));
    }
    at += strspn(at, ", ");
  }
  return NULL;
}

/* The same for a string without escapes. */
static char *word(const char *object, const char *name) {
  char *value = member(object, name), *bare;
  if (value == NULL) return NULL;
  bare = copy(value + 1, strlen(value) - 2);
  free(value);
  return bare;
}

/* The player's answer to {"key": value}. The caller frees it. */
static char *ask(struct child *player, const char *key, const char *value) {
  char *line;
  if (fprintf(player->to, "{\"%s\":%s}\n", key, value) < 0 || fflush(player->to) != 0) die("player");
  line = child_line(player);
  if (line == NULL) die("player");
  return line;
}

/* What the interface promises of a text: it says whether there was an error, and which. */
static int is_true(const char *json, wotnot_status status) {
  char *ok = member(json, "ok"), *error = member(json, "error");
  char *code = error == NULL ? NULL : member(error, "status");
  int fits = ok != NULL && strcmp(ok, status == WOTNOT_OK ? "true" : "false") == 0 &&
             (code == NULL ? 0 : atoi(code)) == status;
  free(ok);
  free(error);
  free(code);
  return fits;
}

/* Prints what a program that prints everything would, when WOTNOT_SHOW asks for it. Never an event. */
static void show(const char *what, wotnot_client client, wotnot_status status, const char *json) {
  const char *control = getenv("WOTNOT_SHOW");
  if (control != NULL && (status != WOTNOT_OK || strcmp(what, "new") == 0)) {
    printf("shown %s %lu %s %s\n", control, (unsigned long)client, wotnot_status_name(status),
           json == NULL ? "" : json);
  }
}

/* A call under way on a thread of its own, and what it gave once that has ended. */
struct call {
  struct call *next;
  wotnot_client client;
  char *name, *method, *params, *json;
  wotnot_status status;
  pthread_t thread;
};

static void *run(void *argument) {
  struct call *call = argument;
  call->status = wotnot_call(call->client, call->method, call->params, &call->json);
  return NULL;
}

static void begin(struct call **calls, wotnot_client client, const char *turn) {
  struct call *call = calloc(1, sizeof *call);
  if (call == NULL) die("calloc");
  call->client = client;
  call->name = word(turn, "name");
  call->method = word(turn, "method");
  call->params = member(turn, "params");
  if (pthread_create(&call->thread, NULL, run, call) != 0) die("pthread_create");
  call->next = *calls;
  *calls = call;
}

/* Waits for the call of this name and takes it off the list. */
static wotnot_status finish(struct call **calls, const char *name, char **json) {
  struct call *call;
  wotnot_status status;
  while (strcmp((*calls)->name, name) != 0) calls = &(*calls)->next;
  call = *calls;
  *calls = call->next;
  pthread_join(call->thread, NULL);
  *json = call->json;
  status = call->status;
  free(call->name);
  free(call->method);
  free(call->params);
  free(call);
  return status;
}

/* The things that a turn can ask for. The caller frees the envelope. */
static char *perform(wotnot_client *client, struct call **calls, const char *turn) {
  char *json = NULL, *what = word(turn, "do"), *envelope;
  wotnot_status status = WOTNOT_INTERNAL;
  if (strcmp(what, "new") == 0) {
    char *config = member(turn, "config");
    status = wotnot_client_new(config, client, &json);
    free(config);
  } else if (strcmp(what, "call") == 0) {
    char *method = word(turn, "method"), *params = member(turn, "params");
    status = wotnot_call(*client, method, params, &json);
    free(method);
    free(params);
  } else if (strcmp(what, "begin") == 0) {
    begin(calls, *client, turn);
    status = WOTNOT_OK;
  } else if (strcmp(what, "end") == 0) {
    char *name = word(turn, "name");
    status = finish(calls, name, &json);
    free(name);
  } else if (strcmp(what, "receive") == 0) {
    char *timeout = member(turn, "timeout_ms");
    status = wotnot_receive(*client, (uint32_t)strtoul(timeout, NULL, 10), &json);
    free(timeout);
  } else if (strcmp(what, "interrupt") == 0) {
    status = wotnot_interrupt(*client);
  } else if (strcmp(what, "close") == 0) {
    status = wotnot_client_close(*client);
  }
  show(what, *client, status, json);
  free(what);
  if (json != NULL) {
    envelope = is_true(json, status) ? copy(json, strlen(json)) : NULL;
    wotnot_string_free(json);
    if (envelope != NULL) return envelope;
  }
  envelope = malloc(128);
  if (envelope == NULL) die("malloc");
  if (json != NULL) {
    strcpy(envelope, "{\"ok\":false,\"error\":{\"code\":\"the status and its text differ\"}}");
  } else if (status == WOTNOT_OK) {
    strcpy(envelope, "{\"ok\":true}");
  } else {
    snprintf(envelope, 128, "{\"ok\":false,\"error\":{\"code\":\"%s\"}}", wotnot_status_name(status));
  }
  return envelope;
}

/* Whether the vector of this quoted name passed. */
static int play(struct child *player, const char *name) {
  char *turn = ask(player, "open", name), *step, *passed;
  wotnot_client client = 0;
  struct call *calls = NULL;
  int is_passed;
  while ((step = member(turn, "do")) != NULL) {
    char *envelope = perform(&client, &calls, turn);
    free(step);
    free(turn);
    turn = ask(player, "result", envelope);
    free(envelope);
  }
  if (client != 0) wotnot_client_close(client);
  /* There are some left only when a step failed; the close has ended them. */
  while (calls != NULL) {
    char *json;
    finish(&calls, calls->name, &json);
    wotnot_string_free(json);
  }
  passed = member(turn, "passed");
  is_passed = passed != NULL && strcmp(passed, "true") == 0;
  if (!is_passed) printf("FAILED %s", turn);
  free(passed);
  free(turn);
  return is_passed;
}

struct worker {
  char *program, *folder;
  size_t first, played, passed;
  pthread_t thread;
};

/* Plays every WORKERS-th vector. */
static void *work(void *argument) {
  struct worker *worker = argument;
  struct child player;
  char *answer, *names;
  const char *at;
  size_t number = 0;
  if (!child_start(&player, worker->program, worker->folder)) die(worker->program);
  answer = ask(&player, "list", "true");
  names = member(answer, "names");
  free(answer);
  for (at = names + 1; *at == '"'; number++) {
    const char *behind = after(at);
    if (number % WORKERS == worker->first) {
      char *name = copy(at, (size_t)(behind - at));
      worker->played++;
      worker->passed += (size_t)play(&player, name);
      free(name);
    }
    at = behind + strspn(behind, ", ");
  }
  free(names);
  child_end(&player);
  return NULL;
}

int main(int count, char **arguments) {
  struct worker workers[WORKERS];
  size_t i, played = 0, passed = 0;
  if (count != 3) return 2;
  /* The library has no logger, and reads no variable that would give it one. */
  if (getenv("WOTNOT_SHOW") != NULL) printf("logged %s\n", getenv("WOTNOT_SHOW"));
  memset(workers, 0, sizeof workers);
  for (i = 0; i < WORKERS; i++) {
    workers[i].program = arguments[1];
    workers[i].folder = arguments[2];
    workers[i].first = i;
    if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) die("pthread_create");
  }
  for (i = 0; i < WORKERS; i++) {
    pthread_join(workers[i].thread, NULL);
    played += workers[i].played;
    passed += workers[i].passed;
  }
  if (wotnot_live_strings() != 0 || wotnot_live_clients() != 0) {
    printf("%lu strings and %lu clients were left behind\n", (unsigned long)wotnot_live_strings(),
           (unsigned long)wotnot_live_clients());
    return 1;
  }
  printf("vectors in C: %lu passed, %lu failed\n", (unsigned long)passed,
         (unsigned long)(played - passed));
  return passed != played;
}
