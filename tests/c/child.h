/* A child process with pipes to its standard input and from its output, by what each system has for it. For C and C++. */
#ifndef CHILD_H
#define CHILD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#include <pthread.h>
#include <windows.h>
#else
#include <fcntl.h>
#include <spawn.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

struct child {
#ifdef _WIN32
  HANDLE process;
#else
  pid_t process;
#endif
  FILE *to, *from;
};

/* Starts a program with one argument. Gives 0 when that fails. */
static int child_start(struct child *child, const char *program, const char *argument) {
#ifdef _WIN32
  /* What is inherited, every process takes that starts meanwhile. */
  static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
  char line[4096];
  HANDLE in, to, from, out;
  STARTUPINFOA start;
  PROCESS_INFORMATION made;
  int started;
  if (!CreatePipe(&in, &to, NULL, 0) || !CreatePipe(&from, &out, NULL, 0)) return 0;
  if (snprintf(line, sizeof line, "\"%s\" \"%s\"", program, argument) >= (int)sizeof line) return 0;
  memset(&start, 0, sizeof start);
  start.cb = sizeof start;
  start.dwFlags = STARTF_USESTDHANDLES;
  start.hStdInput = in;
  start.hStdOutput = out;
  start.hStdError = GetStdHandle(STD_ERROR_HANDLE);
  pthread_mutex_lock(&one);
  SetHandleInformation(in, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
  SetHandleInformation(out, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
  started = CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, &made);
  CloseHandle(in);
  CloseHandle(out);
  pthread_mutex_unlock(&one);
  if (!started) return 0;
  CloseHandle(made.hThread);
  child->process = made.hProcess;
  child->to = _fdopen(_open_osfhandle((intptr_t)to, _O_BINARY), "wb");
  child->from = _fdopen(_open_osfhandle((intptr_t)from, _O_BINARY), "rb");
#else
  extern char **environ;
  char *arguments[] = {(char *)program, (char *)argument, NULL};
  posix_spawn_file_actions_t actions;
  int in[2], out[2], failed;
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) return 0;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  failed = posix_spawn(&child->process, program, &actions, NULL, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  if (failed != 0) return 0;
  child->to = fdopen(in[1], "w");
  child->from = fdopen(out[0], "r");
#endif
  return child->to != NULL && child->from != NULL;
}

/* The next line of what it says, or NULL. The caller frees it. */
static char *child_line(struct child *child) {
  size_t room = 256, used = 0;
  char *line = (char *)malloc(room);
  while (line != NULL && fgets(line + used, (int)(room - used), child->from) != NULL) {
    char *longer;
    used += strlen(line + used);
    if (used > 0 && line[used - 1] == '\n') return line;
    room *= 2;
    longer = (char *)realloc(line, room);
    if (longer == NULL) break;
    line = longer;
  }
  free(line);
  return NULL;
}

/* Closes its input, and waits for its end. */
static void child_end(struct child *child) {
  fclose(child->to);
#ifdef _WIN32
  WaitForSingleObject(child->process, INFINITE);
  CloseHandle(child->process);
#else
  waitpid(child->process, NULL, 0);
#endif
  fclose(child->from);
}

#endif
