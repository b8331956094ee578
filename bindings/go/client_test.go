package wotnot_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	wotnot "github.com/libwotnot/libwotnot/bindings/go"
)

var background = context.Background()

func TestABotIsTalkedToWithTypes(t *testing.T) {
	client := startEmulator(t).client(t)
	chat, err := client.OpenConversation(background, start("visitor-42"))
	if err != nil || chat.Opened != "started" || !chat.MessageSent || chat.Contact.Name != "Asha" {
		t.Fatalf("%v: %v", chat, err)
	}
	again, err := client.OpenConversation(background, start("visitor-42"))
	if err != nil || again.ID != chat.ID || again.Opened != "reused" || again.MessageSent {
		t.Fatalf("%v: %v", again, err)
	}
	prompt := asked(t, chat)
	if prompt.Kind != "choice" || prompt.Options[0].Label != "Sales" {
		t.Fatalf("%v %v", prompt, prompt.Options)
	}
	turn, err := chat.Ask(background, *prompt.Options[0].Answer, wotnot.WithTimeout(patience), wotnot.WithQuiet(time.Second))
	if err != nil || turn.Ended != "prompt" || turn.Text != "How old are you?" || *turn.Prompt.Min != 18 {
		t.Fatalf("%v: %v", turn, err)
	}
	_, err = client.Answer(turn.Prompt, 7)
	if !errors.Is(err, wotnot.CodeInvalidArgument) || !strings.Contains(err.Error(), "a number from 18 to 99") {
		t.Fatal(err)
	}
	message, err := client.Answer(turn.Prompt, 30)
	if err != nil {
		t.Fatal(err)
	}
	turn, err = chat.Ask(background, message)
	if err != nil || !strings.Contains(turn.Text, "Thank you") || turn.Prompt != nil {
		t.Fatalf("%v: %v", turn, err)
	}
	if forgotten, err := client.Forget(background, "visitor-42"); err != nil || forgotten > 1 {
		t.Fatalf("%d: %v", forgotten, err)
	}
	for record, err := range client.LogRecords(background, 0) {
		if err != nil || record.Kind != "verdict" || record.Code != "ok" || record.Attempts > 1 {
			t.Fatalf("%v: %v", record, err)
		}
	}
}

func TestVisitorsAtOnceGetTheirOwnEvents(t *testing.T) {
	client := startEmulator(t).client(t)
	var group sync.WaitGroup
	for number := range 16 {
		group.Add(1)
		go func() {
			defer group.Done()
			chat, err := client.OpenConversation(background, start(fmt.Sprintf("visitor-%d", number)))
			if err != nil {
				t.Error(err)
				return
			}
			for event, err := range chat.Events(background, patience) {
				if err != nil || event.ConversationID != chat.ID {
					t.Errorf("%v: %v", event, err)
				}
				if event.Prompt != nil {
					break
				}
			}
			if turn, err := chat.AskText(background, "Sales"); err != nil || turn.Prompt == nil {
				t.Errorf("%v: %v", turn, err)
			}
		}()
	}
	group.Wait()
}

// A service that takes connections and never answers, and a channel that gets each request.
func silence(t *testing.T) (url string, asked <-chan struct{}) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	heard := make(chan struct{}, 64)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { connection.Close() })
			go func() {
				if _, err := connection.Read(make([]byte, 1)); err == nil {
					heard <- struct{}{}
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String(), heard
}

func TestAContextThatIsCancelledEndsACallAndSaysWhatBecameOfIt(t *testing.T) {
	url, asked := silence(t)
	client := newClient(t, wotnot.Config{Token: "t", BotKey: "b", BaseURL: url})
	ctx, cancel := context.WithCancel(background)
	go func() {
		<-asked
		cancel()
	}()
	_, err := client.Conversation("3f0c").SendText(ctx, "Hello", wotnot.WithTimeout(patience))
	var failure *wotnot.Error
	if !errors.Is(err, context.Canceled) || !errors.As(err, &failure) {
		t.Fatal(err)
	}
	if failure.Code != wotnot.CodeInterrupted || failure.Delivery != wotnot.Unknown {
		t.Fatalf("%s %s", failure.Code, failure.Delivery)
	}
	_, err = client.Conversation("3f0c").SendText(ctx, "Hello")
	if !errors.As(err, &failure) || failure.Delivery != wotnot.NotSent || !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestADeadlineEndsAWaitAndTakesNoEvent(t *testing.T) {
	client := newClient(t, wotnot.Config{Token: "t", Webhook: &wotnot.Webhook{Token: "hook"}})
	ctx, cancel := context.WithTimeout(background, time.Millisecond)
	defer cancel()
	if _, err := client.Receive(ctx, wotnot.Forever); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	var last error
	for _, err := range client.Events(ctx, wotnot.Forever) {
		last = err
	}
	if !errors.Is(last, context.DeadlineExceeded) {
		t.Fatalf("a loop says why its context ended it: %v", last)
	}
	reply, err := client.AcceptWebhook([]byte(`{"token":"hook","events":[{"event":{"type":"note","payload":{"text":"a secret"}},`+
		`"conversation":{"key":"3f0c"}}]}`), "")
	if err != nil || reply.Status != 200 {
		t.Fatalf("%v: %v", reply, err)
	}
	event, err := client.Receive(background, 0)
	if err != nil || event.Type != "note" {
		t.Fatalf("%v: %v", event, err)
	}
	shown, err := json.Marshal(event)
	if err != nil || strings.Contains(string(shown)+fmt.Sprintf("%v %+v %#v", event, event, event), "secret") {
		t.Fatalf("%s: %v", shown, err)
	}
	if _, err := client.Receive(background, 0); !errors.Is(err, wotnot.CodeTimeout) {
		t.Fatal(err)
	}
}

func TestCloseAndInterruptEndLoops(t *testing.T) {
	client := newClient(t, wotnot.Config{Token: "t", Webhook: &wotnot.Webhook{Token: "hook"}})
	for _, end := range []func() error{client.Interrupt, client.Close} {
		over := make(chan error, 8)
		for range cap(over) {
			go func() {
				for _, err := range client.Events(background, wotnot.Forever) {
					over <- err
					return
				}
				over <- nil
			}()
		}
		// An interrupt wakes who waits now: it comes again until nobody does.
		for left := cap(over); left > 0; {
			if err := end(); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-over:
				if err != nil {
					t.Fatal(err)
				}
				left--
			case <-time.After(time.Millisecond):
			}
		}
	}
	_, err := client.Conversation("3f0c").SendText(background, "Hello")
	var failure *wotnot.Error
	if !errors.As(err, &failure) || !errors.Is(err, wotnot.CodeClosed) || failure.Delivery != wotnot.NotSent {
		t.Fatal(err)
	}
}

func TestErrorsAreToldApartByCodeAndFamily(t *testing.T) {
	client := newClient(t, wotnot.Config{Token: "t", BaseURL: "http://127.0.0.1:9", Retry: &wotnot.Retry{MaxAttempts: 1}})
	_, err := client.Conversation("3f0c").SendText(background, "Hello")
	var failure *wotnot.Error
	if !errors.As(err, &failure) || failure.Delivery != wotnot.NotSent || !failure.Retryable || failure.Attempts != 1 {
		t.Fatalf("%#v", err)
	}
	if !errors.Is(err, wotnot.CodeNetwork) || errors.Is(err, wotnot.CodeTLS) {
		t.Fatal(err)
	}
	if !errors.Is(&wotnot.Error{Code: wotnot.CodeTLS}, wotnot.CodeNetwork) {
		t.Fatal("a certificate that was refused is a network error")
	}
	_, err = client.Call(background, "no_such_method\x00", nil)
	if !errors.Is(err, wotnot.CodeInvalidArgument) || errors.Is(err, wotnot.CodeNetwork) {
		t.Fatal(err)
	}
	_, err = client.Call(background, "status", map[string]any{"visitor": make(chan int)})
	if !errors.Is(err, wotnot.CodeInvalidArgument) || !strings.Contains(err.Error(), "chan int") {
		t.Fatal(err)
	}
}

func TestAWrongSettingIsNamed(t *testing.T) {
	for name, config := range map[string]wotnot.Config{
		"token":        {},
		"timeout_ms":   {Token: "t", Timeout: -1},
		"log":          {Token: "t", Log: "all"},
		"webhook.path": {Token: "t", Webhook: &wotnot.Webhook{Token: "hook", Path: "events"}},
	} {
		_, err := wotnot.New(config)
		if !errors.Is(err, wotnot.CodeInvalidArgument) || !strings.Contains(err.Error(), name+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPostWithAWrongTokenHasAReply(t *testing.T) {
	client := newClient(t, wotnot.Config{Token: "t", Webhook: &wotnot.Webhook{Token: "hook"}})
	reply, err := client.AcceptWebhook([]byte(`{"token":"wrong","events":[]}`), "")
	if reply.Status != 401 || !errors.Is(err, wotnot.CodeWebhookRejected) {
		t.Fatalf("%v: %v", reply, err)
	}
	parsed, err := client.ParseWebhook([]byte(`{"token":"hook","events":[{"event":{"type":"label"}}]}`), "")
	if err != nil || len(parsed.Events) != 1 || parsed.Events[0].Type != "label" || parsed.Reply.Status != 200 {
		t.Fatalf("%v: %v", parsed, err)
	}
}

func TestNothingPrintedShowsASecret(t *testing.T) {
	values := []any{
		wotnot.Config{Token: "secret", Proxy: "http://clerk:secret@127.0.0.1:1", Webhook: &wotnot.Webhook{Token: "secret"}},
		&wotnot.Webhook{Token: "secret"}, wotnot.Text("secret"), wotnot.Reply{Body: "secret"}, start("secret"),
		wotnot.Variables{Contact: map[string]any{"name": "secret"}}, wotnot.Contact{Name: "secret"},
		wotnot.Turn{Text: "secret"}, wotnot.Gateway{Identity: "secret"}, wotnot.Uploaded{Name: "secret"}, wotnot.Event{Text: "secret"}, wotnot.FileLink{Link: "secret"},
	}
	for _, value := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			if shown := fmt.Sprintf(verb, value); strings.Contains(shown, "secret") || strings.Contains(shown, "736563726574") {
				t.Errorf("%T as %s: %s", value, verb, shown)
			}
		}
	}
}
