/* Plays a script at a program that has a console of its own: console SCRIPT. In UTF-8, a line for each: the command;
 * then "expect TEXT" waits until the console shows it, "type TEXT" types it and Enter, "ctrl-c" presses these keys.
 * Prints what a terminal around the console gets, and ends with the program's exit code. */
#define _WIN32_WINNT 0x0A00
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>

#ifndef PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE
#define PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE 0x20016
#endif

#define PATIENCE_MS 60000

/* Marks the second run; what follows is the command. */
#define INSIDE L" --inside "

typedef HRESULT(WINAPI *open_console)(COORD, HANDLE, HANDLE, DWORD, HANDLE *);
typedef void(WINAPI *close_console)(HANDLE);

static HANDLE keys, output;
static CRITICAL_SECTION lock;
static char shown[1 << 20];
static size_t length;

static int fail(const char *what) {
  fprintf(stderr, "%s: error %lu; shown: %s\n", what, (unsigned long)GetLastError(), shown);
  exit(97);
}

static DWORD WINAPI collect(void *nothing) {
  char part[4096];
  DWORD count;
  (void)nothing;
  while (ReadFile(output, part, sizeof part, &count, NULL) && count > 0) {
    EnterCriticalSection(&lock);
    if (length + count < sizeof shown) {
      memcpy(shown + length, part, count);
      length += count;
    }
    LeaveCriticalSection(&lock);
  }
  return 0;
}

/* Waits for a text behind what was found before. */
static void expect(const char *text) {
  static size_t from = 0;
  int waited;
  for (waited = 0; waited < PATIENCE_MS; waited += 50) {
    const char *at;
    EnterCriticalSection(&lock);
    at = strstr(shown + from, text);
    LeaveCriticalSection(&lock);
    if (at != NULL) {
      from = (size_t)(at - shown) + strlen(text);
      return;
    }
    Sleep(50);
  }
  fail(text);
}

static void press(const char *text) {
  DWORD count;
  if (!WriteFile(keys, text, (DWORD)strlen(text), &count, NULL)) fail("WriteFile");
}

/* Starts this program once more, with the console as its own: the standard streams of its first run are others. */
static HANDLE start(const char *utf8, HANDLE console) {
  wchar_t line[8192], self[MAX_PATH], command[4096];
  STARTUPINFOEXW info;
  PROCESS_INFORMATION made;
  SIZE_T size = 0;
  memset(&info, 0, sizeof info);
  info.StartupInfo.cb = sizeof info;
  InitializeProcThreadAttributeList(NULL, 1, 0, &size);
  info.lpAttributeList = malloc(size);
  if (info.lpAttributeList == NULL || !InitializeProcThreadAttributeList(info.lpAttributeList, 1, 0, &size) ||
      !UpdateProcThreadAttribute(info.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE, console,
                                 sizeof console, NULL, NULL)) {
    fail("the attribute of the console");
  }
  if (GetModuleFileNameW(NULL, self, MAX_PATH) == 0 ||
      MultiByteToWideChar(CP_UTF8, 0, utf8, -1, command, 4096) == 0) {
    fail(utf8);
  }
  line[0] = L'\0';
  wcscat(wcscat(wcscat(wcscat(line, L"\""), self), L"\"" INSIDE), command);
  if (!CreateProcessW(NULL, line, NULL, NULL, FALSE, EXTENDED_STARTUPINFO_PRESENT, NULL, NULL, &info.StartupInfo,
                      &made)) {
    fail(utf8);
  }
  return made.hProcess;
}

static BOOL WINAPI stay(DWORD event) {
  (void)event;
  return TRUE;
}

static HANDLE of_console(const char *name) {
  SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
  return CreateFileA(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, OPEN_EXISTING,
                     0, NULL);
}

/* The second run: starts the program with the console's ends as its standard streams; gives its exit code. */
static int inside(wchar_t *command) {
  STARTUPINFOW info;
  PROCESS_INFORMATION made;
  DWORD code;
  SetConsoleCtrlHandler(stay, TRUE);
  memset(&info, 0, sizeof info);
  info.cb = sizeof info;
  info.dwFlags = STARTF_USESTDHANDLES;
  info.hStdInput = of_console("CONIN$");
  info.hStdOutput = info.hStdError = of_console("CONOUT$");
  if (!CreateProcessW(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &info, &made)) return 98;
  WaitForSingleObject(made.hProcess, INFINITE);
  GetExitCodeProcess(made.hProcess, &code);
  return (int)code;
}

int main(int count, char **arguments) {
  HMODULE system = GetModuleHandleA("kernel32.dll");
  open_console open = (open_console)(void (*)(void))GetProcAddress(system, "CreatePseudoConsole");
  close_console close = (close_console)(void (*)(void))GetProcAddress(system, "ClosePseudoConsole");
  FILE *script = count == 2 ? fopen(arguments[1], "rb") : NULL;
  COORD size = {100, 40};
  HANDLE console, program = NULL, reader, typed, written;
  DWORD code;
  char line[4096];
  wchar_t *command = wcsstr(GetCommandLineW(), INSIDE);
  if (command != NULL) return inside(command + wcslen(INSIDE));
  if (script == NULL || open == NULL || close == NULL) fail("console SCRIPT");
  InitializeCriticalSection(&lock);
  if (!CreatePipe(&typed, &keys, NULL, 0) || !CreatePipe(&output, &written, NULL, 0)) fail("CreatePipe");
  if (open(size, typed, written, 0, &console) != S_OK) fail("CreatePseudoConsole");
  CloseHandle(typed);
  CloseHandle(written);
  reader = CreateThread(NULL, 0, collect, NULL, 0, NULL);
  while (fgets(line, sizeof line, script) != NULL) {
    line[strcspn(line, "\r\n")] = '\0';
    if (program == NULL) {
      program = start(line, console);
    } else if (strncmp(line, "expect ", 7) == 0) {
      expect(line + 7);
    } else if (strncmp(line, "type ", 5) == 0) {
      press(line + 5);
      press("\r");
    } else {
      press("\003");
    }
  }
  if (WaitForSingleObject(program, PATIENCE_MS) != WAIT_OBJECT_0) fail("the program goes on");
  GetExitCodeProcess(program, &code);
  close(console);
  WaitForSingleObject(reader, PATIENCE_MS);
  fwrite(shown, 1, length, stdout);
  return (int)code;
}
