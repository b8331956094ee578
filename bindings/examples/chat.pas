{ A chat in the terminal, in Free Pascal: one line is one answer. Settings come from WOTNOT_TOKEN, WOTNOT_BOT_KEY,
  WOTNOT_BASE_URL, WOTNOT_WEBHOOK_TOKEN and WOTNOT_LISTEN, or all in WOTNOT_CONFIG (of a gateway). Build: fpc -Fl/where/libwotnot.so/is chat.pas }
program Chat;

{$mode objfpc}{$H+}

uses
  cthreads, SysUtils, fpjson, jsonparser;

const
  Timeout = 1;
  InvalidArgument = 13;

function wotnot_client_new(config: PChar; out client: QWord; out json: PChar): Int32; cdecl; external 'wotnot';
function wotnot_client_close(client: QWord): Int32; cdecl; external 'wotnot';
function wotnot_call(client: QWord; method, params: PChar; out json: PChar): Int32; cdecl; external 'wotnot';
function wotnot_start_conversation(client: QWord; params: PChar; out json: PChar): Int32; cdecl; external 'wotnot';
function wotnot_send_message(client: QWord; params: PChar; out json: PChar): Int32; cdecl; external 'wotnot';
procedure wotnot_string_free(text: PChar); cdecl; external 'wotnot';

type
  { What the library says instead of a value. }
  EWotnot = class(Exception)
    Status: Int32;
  end;

var
  Client: QWord;

{ The document of a status and its text, which the library gets back. The caller frees it. }
function Taken(status: Int32; text: PChar): TJSONObject;
var
  failure: EWotnot;
begin
  Result := GetJSON(text) as TJSONObject;
  wotnot_string_free(text);
  if status = 0 then Exit;
  failure := EWotnot.Create(Result.FindPath('error.message').AsString);
  failure.Status := status;
  Result.Free;
  raise failure;
end;

{ Calls a method with parameters, which it frees. }
function Call(const method: string; params: TJSONObject): TJSONObject;
var
  text: PChar;
  status: Int32;
begin
  try
    case method of
      'start_conversation': status := wotnot_start_conversation(Client, PChar(params.AsJSON), text);
      'send_message': status := wotnot_send_message(Client, PChar(params.AsJSON), text);
    else
      status := wotnot_call(Client, PChar(method), PChar(params.AsJSON), text);
    end;
  finally
    params.Free;
  end;
  Result := Taken(status, text);
end;

function Settings: string;
var
  config: TJSONObject;
begin
  Result := GetEnvironmentVariable('WOTNOT_CONFIG');
  if Result <> '' then Exit;
  config := TJSONObject.Create([
    'token', GetEnvironmentVariable('WOTNOT_TOKEN'),
    'bot_key', GetEnvironmentVariable('WOTNOT_BOT_KEY'),
    'base_url', GetEnvironmentVariable('WOTNOT_BASE_URL'),
    'webhook', TJSONObject.Create([
      'token', GetEnvironmentVariable('WOTNOT_WEBHOOK_TOKEN'),
      'listen', GetEnvironmentVariable('WOTNOT_LISTEN')])]);
  Result := config.AsJSON;
  config.Free;
end;

{ Reads lines until the bot takes one. }
procedure Answer(const id: string; prompt: TJSONData);
var
  line: string;
  number: Int64;
  value: TJSONData;
  made: TJSONObject;
begin
  while not EOF do
  begin
    ReadLn(line);
    if TryStrToInt64(line, number) then value := CreateJSON(number) else value := CreateJSON(line);
    try
      made := Call('answer', TJSONObject.Create(['prompt', prompt.Clone, 'value', value]));
      Call('send_message', TJSONObject.Create(['conversation_id', id, 'message', made.Objects['value'].Clone])).Free;
      made.Free;
      Exit;
    except
      on error: EWotnot do
      begin
        if error.Status <> InvalidArgument then raise;
        WriteLn(error.Message); { what the bot asks for; nothing was sent }
      end;
    end;
  end;
end;

{ The next event of the conversation, or nil when none comes for ten seconds. }
function Received(const id: string): TJSONObject;
begin
  try
    Result := Call('receive', TJSONObject.Create(['conversation_id', id, 'timeout_ms', 10000]));
  except
    on error: EWotnot do
    begin
      if error.Status <> Timeout then raise;
      Result := nil;
    end;
  end;
end;

var
  text: PChar;
  first, id: string;
  document: TJSONObject;
  event: TJSONObject;
  status: Int32;
begin
  status := wotnot_client_new(PChar(Settings), Client, text);
  Taken(status, text).Free;
  ReadLn(first);
  document := Call('start_conversation', TJSONObject.Create([
    'visitor_id', 'pascal-example',
    'message', TJSONObject.Create(['type', 'text', 'data', TJSONObject.Create(['body', first])])]));
  id := document.FindPath('value.conversation.id').AsString;
  document.Free;
  document := Received(id);
  while document <> nil do
  begin
    event := document.Objects['value'];
    if (event.Find('by') <> nil) and (event.Get('by', '') <> 'visitor') then
      WriteLn(event.Get('by', ''), ': ', event.Get('text', ''));
    if (event.Find('prompt') <> nil) and not event.Elements['prompt'].IsNull then Answer(id, event.Elements['prompt']);
    if event.Get('closed', False) then Break;
    document.Free;
    document := Received(id);
  end;
  document.Free;
  wotnot_client_close(Client);
end.
