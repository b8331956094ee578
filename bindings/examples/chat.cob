*> A chat in the terminal, in GnuCOBOL: one line is one answer. Settings come from WOTNOT_TOKEN, WOTNOT_BOT_KEY,
*> WOTNOT_BASE_URL, WOTNOT_WEBHOOK_TOKEN and WOTNOT_LISTEN, or all in WOTNOT_CONFIG (of a gateway). No JSON library: a line is cut at 200 bytes, an
*> answer at 1000, and quotes become apostrophes. Build: cobc -x -free -fstatic-call chat.cob -lwotnot
identification division.
program-id. chat.

data division.
working-storage section.
01 client        usage binary-double unsigned value 0.
01 out-json      usage pointer.
01 wotnot-status usage binary-long.
01 settings.
   05 api-token     pic x(2000).
   05 bot-key       pic x(200).
   05 base-url      pic x(200).
   05 webhook-token pic x(200).
   05 listen        pic x(200).
01 request-json  pic x(4096).
01 whole-config  pic x(4000) value spaces.
01 answer        pic x(200).
01 chat-id       pic x(100) value spaces.
01 at-end        pic x value "n".
01 wanted        pic x(40).
01 wanted-size   usage binary-long.
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
    perform make-client
    perform read-answer
    perform until at-end = "y"
        perform send-answer
        perform show-turn
        perform read-answer
    end-perform
    call "wotnot_client_close" using by value client
    stop run.

make-client.
    accept api-token from environment "WOTNOT_TOKEN"
    accept bot-key from environment "WOTNOT_BOT_KEY"
    accept base-url from environment "WOTNOT_BASE_URL"
    accept webhook-token from environment "WOTNOT_WEBHOOK_TOKEN"
    accept listen from environment "WOTNOT_LISTEN"
    move spaces to request-json
    string '{"token":"' delimited by size function trim(api-token) delimited by size
        '","bot_key":"' delimited by size function trim(bot-key) delimited by size
        '","base_url":"' delimited by size function trim(base-url) delimited by size
        '","webhook":{"token":"' delimited by size function trim(webhook-token) delimited by size
        '","listen":"' delimited by size function trim(listen) delimited by size
        '"}}' x"00" delimited by size into request-json
    accept whole-config from environment "WOTNOT_CONFIG"
        not on exception string function trim(whole-config) x"00" delimited by size into request-json
    end-accept
    call "wotnot_client_new" using by reference request-json by reference client by reference out-json
        returning wotnot-status
    perform ended-well
    call "wotnot_string_free" using by value out-json.

read-answer.
    move spaces to answer
    accept answer on exception move "y" to at-end end-accept
    inspect answer replacing all '"' by "'" all "\" by "/" all x"09" by space.

send-answer.
    move spaces to request-json
    if chat-id = spaces
        string '{"visitor_id":"cobol-example","message":{"type":"text","data":{"body":"' delimited by size
            function trim(answer) delimited by size '"}}}' x"00" delimited by size into request-json
        call "wotnot_start_conversation" using by value client by reference request-json by reference out-json
            returning wotnot-status
    else
        string '{"conversation_id":"' delimited by size function trim(chat-id) delimited by size
            '","message":{"type":"text","data":{"body":"' delimited by size
            function trim(answer) delimited by size '"}}}' x"00" delimited by size into request-json
        call "wotnot_send_message" using by value client by reference request-json by reference out-json
            returning wotnot-status
    end-if
    perform ended-well
    if chat-id = spaces
        move '"id":"' to wanted
        perform find-field
        move found to chat-id
    end-if
    call "wotnot_string_free" using by value out-json.

*> Shows what the bot says until it is quiet.
show-turn.
    move 0 to wotnot-status
    perform until wotnot-status not = 0
        call "wotnot_receive" using by value client by value 1500 by reference out-json returning wotnot-status
        if wotnot-status = 0
            set address of out-text to out-json
            move '"by":"' to wanted
            perform find-field
            move found to speaker
            move '"text":"' to wanted
            perform find-field
            if speaker not = "visitor" and found not = spaces
                display function trim(speaker) ": " function trim(found)
            end-if
        end-if
        call "wotnot_string_free" using by value out-json
    end-perform.

ended-well.
    set address of out-text to out-json
    if wotnot-status not = 0
        move '"message":"' to wanted
        perform find-field
        display "status " wotnot-status ": " function trim(found) upon syserr
        stop run returning 1
    end-if.

*> Copies the first string that follows `wanted` in the library's text; spaces when there is none.
find-field.
    move spaces to found
    move function length(function trim(wanted)) to wanted-size
    move 0 to j
    perform varying i from 1 by 1 until letter(i) = x"00" or j = wanted-size
        if letter(i) = wanted(j + 1:1)
            add 1 to j
        else
            if letter(i) = wanted(1:1) move 1 to j else move 0 to j end-if
        end-if
    end-perform
    if j = wanted-size
        move 0 to j
        perform until letter(i) = '"' or letter(i) = x"00" or j = 1000
            if letter(i) = "\" add 1 to i end-if
            add 1 to j
            move letter(i) to found(j:1)
            add 1 to i
        end-perform
    end-if.
