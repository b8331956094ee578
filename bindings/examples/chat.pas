{ A chat in the terminal, in Free Pascal: one line is one answer. WOTNOT_CONFIG holds the configuration, of the service
  or of a gateway. Build: fpc -Fl/where/libwotnot.so/is chat.pas }
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
procedure wotnot_string_free(text: PChar); cdecl; external 'wotnot';

var
  Client: QWord;
  Text: PChar;
  Status: Int32;
  Line, Id: string;
  Number: Int64;
  Value: TJSONData;
  Event: TJSONObject;

{ The document that the library gave with its status. }
function Taken: TJSONObject;
begin
  Result := GetJSON(Text) as TJSONObject;
  wotnot_string_free(Text);
end;

{ Calls a method with parameters, which it frees. What a person or the time can mend is left in Status. }
function Call(const method: string; params: TJSONObject): TJSONObject;
begin
  Status := wotnot_call(Client, PChar(method), PChar(params.AsJSON), Text);
  params.Free;
  Result := Taken;
  if (Status <> 0) and (Status <> Timeout) and (Status <> InvalidArgument) then
    raise Exception.Create(Result.FindPath('error.message').AsString);
end;

{ Reads lines until the bot takes one. }
procedure Answer(prompt: TJSONData);
var
  made: TJSONObject;
begin
  while not EOF do
  begin
    ReadLn(Line);
    if TryStrToInt64(Line, Number) then Value := CreateJSON(Number) else Value := CreateJSON(Line);
    made := Call('answer', TJSONObject.Create(['prompt', prompt.Clone, 'value', Value]));
    if Status = 0 then Call('send_message', TJSONObject.Create(['conversation_id', Id, 'message', made.Objects['value'].Clone])).Free
    else WriteLn(made.FindPath('error.message').AsString); { what the bot asks for; nothing was sent }
    made.Free;
    if Status = 0 then Exit;
  end;
end;

begin
  if wotnot_client_new(PChar(GetEnvironmentVariable('WOTNOT_CONFIG')), Client, Text) <> 0 then
    raise Exception.Create(Taken.FindPath('error.message').AsString);
  Taken.Free;
  ReadLn(Line);
  Id := Call('start_conversation', TJSONObject.Create(['visitor_id', 'pascal-example', 'message', TJSONObject.Create([
    'type', 'text', 'data', TJSONObject.Create(['body', Line])])])).FindPath('value.conversation.id').AsString;
  repeat
    Event := Call('receive', TJSONObject.Create(['conversation_id', Id, 'timeout_ms', 10000]));
    if Status <> 0 then Break;
    Value := Event.Extract('value');
    Event.Free;
    Event := Value as TJSONObject;
    if (Event.Find('by') <> nil) and (Event.Get('by', '') <> 'visitor') then
      WriteLn(Event.Get('by', ''), ': ', Event.Get('text', ''));
    if (Event.Find('prompt') <> nil) and not Event.Elements['prompt'].IsNull then Answer(Event.Elements['prompt']);
    if Event.Get('closed', False) then Break;
    Event.Free;
  until False;
  wotnot_client_close(Client);
end.
