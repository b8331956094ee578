*> A chat in the terminal, in GnuCOBOL: one line is one answer. WOTNOT_CONFIG holds the configuration. No JSON library: a line is
*> cut at 200 bytes, an answer at 1000, and quotes become apostrophes. Build: cobc -x -free -fstatic-call chat.cob -lwotnot
identification division. program-id. chat.
data division. working-storage section.
01 client        usage binary-double unsigned value 0.
01 out-json      usage pointer.
01 wotnot-status usage binary-long value 0.
01 settings      pic x(4000).
01 request-json  pic x(4096) value spaces.
01 call-name        pic x(20) value z"start_conversation".
01 who           pic x(200) value '"visitor_id":"cobol-example"'.
01 answer        pic x(200).
01 wanted        pic x(40).
01 found         pic x(1000).
01 speaker       pic x(20).
01 i             usage binary-long.
01 j             usage binary-long.
linkage section.
*> Only what stands before the text's NUL is the library's to read.
01 out-text.
   05 letter     pic x occurs 1000000.
procedure division.
main-section.
    accept settings from environment "WOTNOT_CONFIG"
    string function trim(settings) x"00" into request-json
    call "wotnot_client_new" using by reference request-json client out-json returning wotnot-status
    perform ended-well
    perform forever
        accept answer on exception exit perform end-accept
        perform send-answer
        perform show-turn
    end-perform
    call "wotnot_client_close" using by value client
    stop run.
send-answer.
    inspect answer replacing all '"' by "'" all "\" by "/" all x"09" by space
    string "{" function trim(who) ',"message":{"type":"text","data":{"body":"' function trim(answer) '"}}}' x"00" into request-json
    call "wotnot_call" using by value client by reference call-name request-json out-json returning wotnot-status
    move '"id":"' to wanted
    perform ended-well
    if call-name(1:5) = "start"
        move spaces to who
        string '"conversation_id":"' function trim(found) '"' delimited by size into who
        move z"send_message" to call-name
    end-if.
*> Shows what the bot says until it is quiet.
show-turn.
    call "wotnot_receive" using by value client 1500 by reference out-json returning wotnot-status
    perform until wotnot-status not = 0
        set address of out-text to out-json
        move '"by":"' to wanted
        perform find-field
        move found to speaker
        move '"text":"' to wanted
        perform find-field
        if speaker not = "visitor" and found not = spaces display function trim(speaker) ": " function trim(found) end-if
        call "wotnot_string_free" using by value out-json
        call "wotnot_receive" using by value client 1500 by reference out-json returning wotnot-status
    end-perform
    call "wotnot_string_free" using by value out-json.
*> Leaves what was wanted in `found`, or ends the program with the library's own words.
ended-well.
    set address of out-text to out-json
    if wotnot-status not = 0 move '"message":"' to wanted end-if
    perform find-field
    if wotnot-status not = 0 display "status " wotnot-status ": " function trim(found) upon syserr stop run returning 1 end-if
    call "wotnot_string_free" using by value out-json.
*> Copies the first string that follows `wanted` in the library's text; spaces when there is none.
find-field.
    initialize found j
    perform varying i from 1 by 1 until letter(i) = x"00" or j = function length(function trim(wanted))
        if letter(i) = wanted(j + 1:1) add 1 to j else if letter(i) = wanted(1:1) move 1 to j else move 0 to j end-if end-if
    end-perform
    if j not = function length(function trim(wanted)) exit paragraph end-if
    perform varying j from 1 by 1 until letter(i) = '"' or letter(i) = x"00" or j > 1000
        if letter(i) = "\" add 1 to i end-if
        move letter(i) to found(j:1)
        add 1 to i
    end-perform.
