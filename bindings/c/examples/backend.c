/* A web backend on libmicrohttpd and jansson: many visitors, each in a window of their own.
 *
 *   POST   /wotnot/events         the service posts what the bots say
 *   POST   /visitors/ID/messages  {"text": ...}: the visitor says something; at first, that starts a
 *                                 conversation
 *   GET    /visitors/ID/events    what they have not seen yet; waits up to 20 seconds for it
 *   DELETE /visitors/ID           the visitor has left
 *
 * The client keeps the events of each conversation until its window asks for them, so that one that
 * nobody looks at holds up no other. What nobody asks for in 15 minutes gives way when there is no
 * room.
 *
 *   cc -o backend backend.c $(pkg-config --cflags --libs wotnot libmicrohttpd jansson) -lpthread
 */
#include <arpa/inet.h>
#include <jansson.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wotnot.h"

#define WAIT_MS 20000
#define MAX_BODY (1024 * 1024)
#define MAX_ID 256

static wotnot_client client;

/* The conversation of each visitor who is here. */
static json_t *chats;
static pthread_mutex_t chats_lock = PTHREAD_MUTEX_INITIALIZER;

/* What a request is answered with. The one that holds it frees the text. */
struct answer {
  unsigned int status;
  char *text;
};

/* An answer with this document, which it frees; NULL is an empty one. */
static struct answer answer(unsigned int status, json_t *document) {
  struct answer made;
  made.status = status;
  made.text = document == NULL ? strdup("{}") : json_dumps(document, JSON_COMPACT);
  json_decref(document);
  return made;
}

/* Calls a method with parameters, which it frees. Gives the value, or on failure the error. */
static wotnot_status call(const char *method, json_t *params, json_t **result) {
  char *text = json_dumps(params, JSON_COMPACT), *out;
  wotnot_status status = wotnot_call(client, method, text, &out);
  json_t *document = out == NULL ? NULL : json_loads(out, 0, NULL);
  *result = json_incref(json_object_get(document, status == WOTNOT_OK ? "value" : "error"));
  json_decref(document);
  wotnot_string_free(out);
  free(text);
  json_decref(params);
  return status;
}

/* For the window, which asks before it offers to say it again: it may have been taken. */
static struct answer failed(json_t *error) {
  json_t *shown = json_pack("{s:O, s:O}", "code", json_object_get(error, "code"), "delivery",
                            json_object_get(error, "delivery"));
  json_decref(error);
  return answer(MHD_HTTP_BAD_GATEWAY, shown);
}

/* The post of the service; the reply says what it must be answered. */
static struct answer accept_post(const char *body, const char *authorization) {
  json_t *result, *reply;
  struct answer made;
  call("accept_webhook", json_pack("{s:s, s:s*}", "body", body, "authorization", authorization), &result);
  /* Of an error too: 401 for a wrong token, 503 when there is no room. */
  reply = json_object_get(result, "reply");
  if (reply == NULL) {
    made = answer(MHD_HTTP_INTERNAL_SERVER_ERROR, NULL);
  } else {
    made.status = (unsigned int)json_integer_value(json_object_get(reply, "status"));
    made.text = strdup(json_string_value(json_object_get(reply, "body")));
  }
  json_decref(result);
  return made;
}

/* Starts the visitor's conversation with this, or goes on with the one that they have. */
static struct answer say(const char *visitor, const char *body) {
  json_t *said = json_loads(body, 0, NULL), *message, *opened, *id, *sent;
  wotnot_status status = WOTNOT_OK;
  if (!json_is_string(json_object_get(said, "text"))) {
    json_decref(said);
    return answer(MHD_HTTP_BAD_REQUEST, NULL);
  }
  message = json_pack("{s:s, s:{s:O}}", "type", "text", "data", "body", json_object_get(said, "text"));
  json_decref(said);
  if (call("open_conversation", json_pack("{s:s, s:O}", "visitor_id", visitor, "message", message),
           &opened) != WOTNOT_OK) {
    json_decref(message);
    return failed(opened);
  }
  id = json_incref(json_object_get(json_object_get(opened, "conversation"), "id"));
  pthread_mutex_lock(&chats_lock);
  json_object_set(chats, visitor, id);
  pthread_mutex_unlock(&chats_lock);
  if (json_is_false(json_object_get(opened, "message_sent"))) {
    status = call("send_message", json_pack("{s:O, s:O}", "conversation_id", id, "message", message), &sent);
    if (status == WOTNOT_OK) json_decref(sent);
  }
  json_decref(opened);
  json_decref(message);
  if (status != WOTNOT_OK) {
    json_decref(id);
    return failed(sent);
  }
  return answer(MHD_HTTP_OK, json_pack("{s:o}", "conversation", id));
}

/* What the visitor's window has to show next: waits for one event, and takes the rest that is there. */
static struct answer events(const char *visitor) {
  json_t *id, *seen, *event, *shown;
  wotnot_status status;
  int wait_ms = WAIT_MS;
  pthread_mutex_lock(&chats_lock);
  id = json_incref(json_object_get(chats, visitor));
  pthread_mutex_unlock(&chats_lock);
  if (id == NULL) return answer(MHD_HTTP_NOT_FOUND, NULL);
  seen = json_array();
  while ((status = call("receive", json_pack("{s:O, s:i}", "conversation_id", id, "timeout_ms", wait_ms),
                        &event)) == WOTNOT_OK) {
    const char *by = json_string_value(json_object_get(event, "by"));
    wait_ms = 0;
    /* Never the event itself: it holds what is the account's alone. */
    if (by != NULL && strcmp(by, "visitor") == 0) {
      json_decref(event);
    } else if (call("public_event", json_pack("{s:o}", "event", event), &shown) == WOTNOT_OK) {
      json_array_append_new(seen, shown);
    } else {
      json_decref(shown);
    }
  }
  json_decref(id);
  if (status != WOTNOT_TIMEOUT) {
    json_decref(seen);
    return failed(event);
  }
  json_decref(event);
  return answer(MHD_HTTP_OK, seen);
}

/* Drops the conversation, and the events of it that wait. */
static struct answer leave(const char *visitor) {
  json_t *forgotten;
  int was_here;
  pthread_mutex_lock(&chats_lock);
  was_here = json_object_del(chats, visitor) == 0;
  pthread_mutex_unlock(&chats_lock);
  if (call("forget", json_pack("{s:s}", "visitor_id", visitor), &forgotten) != WOTNOT_OK) {
    return failed(forgotten);
  }
  json_decref(forgotten);
  return answer(was_here ? MHD_HTTP_OK : MHD_HTTP_NOT_FOUND, NULL);
}

static struct answer serve(struct MHD_Connection *connection, const char *method, const char *url,
                           const char *body) {
  char visitor[MAX_ID], what[16] = "";
  int is_post = strcmp(method, MHD_HTTP_METHOD_POST) == 0;
  if (is_post && strcmp(url, "/wotnot/events") == 0) {
    return accept_post(body, MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization"));
  }
  if (sscanf(url, "/visitors/%255[^/]/%15s", visitor, what) < 1) return answer(MHD_HTTP_NOT_FOUND, NULL);
  if (is_post && strcmp(what, "messages") == 0) return say(visitor, body);
  if (strcmp(method, MHD_HTTP_METHOD_GET) == 0 && strcmp(what, "events") == 0) return events(visitor);
  if (strcmp(method, MHD_HTTP_METHOD_DELETE) == 0 && *what == '\0') return leave(visitor);
  return answer(MHD_HTTP_NOT_FOUND, NULL);
}

/* The body of a request, as it comes in. */
struct body {
  size_t size;
  char *text;
};

/* libmicrohttpd calls this for the head of a request, for each part of its body, and at its end. */
static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *part,
                              size_t *part_size, void **request) {
  struct body *body = *request;
  struct answer made;
  struct MHD_Response *response;
  enum MHD_Result result;
  (void)context;
  (void)version;
  if (body == NULL) {
    *request = calloc(1, sizeof *body);
    return *request == NULL ? MHD_NO : MHD_YES;
  }
  if (*part_size > 0) {
    char *grown = body->size + *part_size > MAX_BODY ? NULL : realloc(body->text, body->size + *part_size + 1);
    if (grown == NULL) return MHD_NO;
    memcpy(grown + body->size, part, *part_size);
    body->text = grown;
    body->size += *part_size;
    body->text[body->size] = '\0';
    *part_size = 0;
    return MHD_YES;
  }
  made = serve(connection, method, url, body->text == NULL ? "" : body->text);
  response = MHD_create_response_from_buffer(made.text == NULL ? 0 : strlen(made.text), made.text,
                                             MHD_RESPMEM_MUST_FREE);
  MHD_add_response_header(response, "Content-Type", "application/json");
  result = MHD_queue_response(connection, made.status, response);
  MHD_destroy_response(response);
  return result;
}

static void done(void *context, struct MHD_Connection *connection, void **request,
                 enum MHD_RequestTerminationCode how) {
  struct body *body = *request;
  (void)context;
  (void)connection;
  (void)how;
  if (body != NULL) free(body->text);
  free(body);
}

static const char *setting(const char *name) {
  const char *value = getenv(name);
  if (value == NULL || *value == '\0') {
    fprintf(stderr, "%s is not set\n", name);
    exit(2);
  }
  return value;
}

int main(void) {
  char host[64], *json;
  unsigned int port;
  int signal_number;
  sigset_t stop;
  struct sockaddr_in address;
  struct MHD_Daemon *server;
  json_t *config = json_pack("{s:s, s:s, s:s, s:{s:s}}", "token", setting("WOTNOT_TOKEN"), "bot_key",
                             setting("WOTNOT_BOT_KEY"), "base_url", setting("WOTNOT_BASE_URL"), "webhook",
                             "token", setting("WOTNOT_WEBHOOK_TOKEN"));
  char *text = json_dumps(config, JSON_COMPACT);
  wotnot_status status = wotnot_client_new(text, &client, &json);
  free(text);
  json_decref(config);
  if (status != WOTNOT_OK) {
    fprintf(stderr, "%s\n", json);
    return 1;
  }
  wotnot_string_free(json);
  chats = json_object();

  /* Threads of the server inherit it: the signal is for `sigwait` alone. */
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, NULL);
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  if (sscanf(setting("WOTNOT_LISTEN"), "%63[^:]:%u", host, &port) != 2 ||
      inet_pton(AF_INET, host, &address.sin_addr) != 1) {
    fputs("WOTNOT_LISTEN: expected an address such as 127.0.0.1:8089\n", stderr);
    return 2;
  }
  address.sin_port = htons((uint16_t)port);
  /* A thread for each connection: a window that waits holds one up. */
  server = MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL,
                            handle, NULL, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
                            MHD_OPTION_NOTIFY_COMPLETED, done, NULL, MHD_OPTION_END);
  if (server == NULL) {
    perror("WOTNOT_LISTEN");
    return 1;
  }
  sigwait(&stop, &signal_number);
  wotnot_client_close(client); /* ends the waits of windows */
  MHD_stop_daemon(server);
  json_decref(chats);
  return wotnot_live_strings() != 0;
}
