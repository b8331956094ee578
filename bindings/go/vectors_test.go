package wotnot_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"testing"
	"time"

	wotnot "github.com/libwotnot/libwotnot/bindings/go"
)

const workers = 4

// Every vector of the project, in several players at once. WOTNOT_CONFORMANCE is the player, WOTNOT_VECTORS the folder.
func TestVectors(t *testing.T) {
	folder := setting(t, "WOTNOT_VECTORS")
	first := startPlayer(t, folder)
	all, err := first.ask(map[string]bool{"list": true})
	first.close()
	if err != nil || len(all.Names) == 0 {
		t.Fatalf("no vectors in %s: %v", folder, err)
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if control := os.Getenv("WOTNOT_SHOW"); control != "" {
		slog.Debug("logged " + control)
	}
	names := make(chan string)
	go func() {
		defer close(names)
		for _, name := range all.Names {
			names <- name
		}
	}()
	passed := make(chan string)
	for range workers {
		go func() {
			player := startPlayer(t, folder)
			defer player.close()
			for name := range names {
				why := play(player, name)
				t.Run(name, func(t *testing.T) {
					if why != nil {
						t.Error(why)
					}
				})
				passed <- name
			}
		}()
	}
	for range all.Names {
		<-passed
	}
}

// The process that plays the service and judges.
type player struct {
	process *exec.Cmd
	to      io.WriteCloser
	from    *bufio.Reader
}

func startPlayer(t *testing.T, folder string) *player {
	process := exec.Command(setting(t, "WOTNOT_CONFORMANCE"), folder)
	process.Stderr = os.Stderr
	to, err := process.StdinPipe()
	if err != nil {
		panic(err)
	}
	from, err := process.StdoutPipe()
	if err != nil {
		panic(err)
	}
	if err := process.Start(); err != nil {
		panic(err)
	}
	return &player{process, to, bufio.NewReader(from)}
}

func (p *player) close() {
	p.to.Close()
	_ = p.process.Wait()
}

type turn struct {
	Names     []string        `json:"names"`
	Do        string          `json:"do"`
	Config    json.RawMessage `json:"config"`
	Name      string          `json:"name"`
	Method    string          `json:"method"`
	Params    json.RawMessage `json:"params"`
	TimeoutMS int64           `json:"timeout_ms"`
	Passed    bool            `json:"passed"`
	Why       string          `json:"why"`
	Error     string          `json:"error"`
}

func (p *player) ask(question any) (next turn, err error) {
	text, err := json.Marshal(question)
	if err != nil {
		return next, err
	}
	if _, err := p.to.Write(append(text, '\n')); err != nil {
		return next, err
	}
	line, err := p.from.ReadBytes('\n')
	if err != nil {
		return next, err
	}
	if err := json.Unmarshal(line, &next); err != nil {
		return next, err
	}
	if next.Error != "" {
		return next, errors.New(next.Error)
	}
	return next, nil
}

// What one call gave.
type result struct {
	value json.RawMessage
	err   error
}

// A run of one vector, with the calls that were begun and not ended.
type run struct {
	client *wotnot.Client
	begun  map[string]chan result
}

func play(p *player, name string) error {
	next, err := p.ask(map[string]string{"open": name})
	r := run{begun: map[string]chan result{}}
	for err == nil && next.Do != "" {
		value, failure := r.perform(next)
		show(next, failure)
		next, err = p.ask(map[string]any{"result": envelope(value, failure)})
	}
	if r.client != nil {
		r.client.Close()
	}
	for _, waiting := range r.begun {
		<-waiting
	}
	if err == nil && !next.Passed {
		err = errors.New(next.Why)
	}
	return err
}

func (r *run) perform(t turn) (json.RawMessage, error) {
	// A context that can be done has every call go by a name of its own, where the vector gives it none.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	switch t.Do {
	case "new":
		client, err := wotnot.NewFromJSON(string(t.Config))
		r.client = client
		return json.RawMessage("{}"), err
	case "call":
		return r.call(ctx, t)
	case "begin":
		waiting := make(chan result, 1)
		r.begun[t.Name] = waiting
		go func() {
			value, err := r.call(context.Background(), t)
			waiting <- result{value, err}
		}()
	case "end":
		ended := <-r.begun[t.Name]
		delete(r.begun, t.Name)
		return ended.value, ended.err
	case "receive":
		event, err := r.client.Receive(ctx, time.Duration(t.TimeoutMS)*time.Millisecond)
		if err != nil {
			return nil, err
		}
		return event.Document, nil
	case "interrupt":
		return nil, r.client.Interrupt()
	case "close":
		return nil, r.client.Close()
	}
	return nil, nil
}

// The general call; what it gives must also be read by the types.
func (r *run) call(ctx context.Context, t turn) (json.RawMessage, error) {
	value, err := r.client.Call(ctx, t.Method, t.Params)
	if err != nil {
		return nil, err
	}
	typed := map[string]any{
		"start_conversation": &wotnot.Conversation{}, "open_conversation": &wotnot.Conversation{},
		"send_message": &wotnot.Sent{}, "resolve": &wotnot.Sent{}, "upload": &wotnot.Uploaded{}, "converse": &wotnot.Turn{}, "answer": &wotnot.Message{},
		"receive": &wotnot.Event{}, "parse_webhook": &wotnot.ParsedWebhook{}, "status": &wotnot.Status{},
	}[t.Method]
	if typed != nil {
		err = json.Unmarshal(value, typed)
	}
	return value, err
}

func envelope(value json.RawMessage, err error) any {
	if err == nil {
		return map[string]any{"ok": true, "value": value}
	}
	var failure *wotnot.Error
	if !errors.As(err, &failure) {
		return map[string]any{"ok": false, "error": map[string]string{"code": err.Error()}}
	}
	document := map[string]any{
		"code": failure.Code, "status": failure.Status, "message": failure.Message, "retryable": failure.Retryable,
		"attempts": failure.Attempts, "method": nil, "http_status": nil, "api_code": nil,
		"delivery": nil, "retry_after_ms": nil,
	}
	put := func(name string, value any, isSet bool) {
		if isSet {
			document[name] = value
		}
	}
	put("method", failure.Method, failure.Method != "")
	put("http_status", failure.HTTPStatus, failure.HTTPStatus != 0)
	put("api_code", failure.APICode, failure.APICode != "")
	put("delivery", failure.Delivery, failure.Delivery != "")
	put("retry_after_ms", failure.RetryAfterMillis, failure.RetryAfterMillis != 0)
	put("reply", failure.Reply, failure.Reply != nil)
	return map[string]any{"ok": false, "error": document}
}

// Prints what a program that prints everything would, when WOTNOT_SHOW asks for it. Never an event.
func show(t turn, err error) {
	control := os.Getenv("WOTNOT_SHOW")
	if control == "" || (t.Do != "new" && err == nil) {
		return
	}
	settings := configOf(t.Config)
	for _, value := range []any{err, settings, settings.Webhook} {
		fmt.Printf("shown %s %v %+v %#v %s\n", control, value, value, value, value)
		slog.Debug("app", "value", value)
	}
	if _, isWritten := json.Marshal(settings); isWritten == nil {
		fmt.Println("settings were written as JSON")
	}
}

// The settings that a program would have made the client with.
func configOf(document json.RawMessage) wotnot.Config {
	var read struct {
		Token   string `json:"token"`
		BotKey  string `json:"bot_key"`
		Proxy   string `json:"proxy"`
		Webhook *struct {
			Token string `json:"token"`
		} `json:"webhook"`
	}
	_ = json.Unmarshal(document, &read)
	config := wotnot.Config{Token: read.Token, BotKey: read.BotKey, Proxy: read.Proxy}
	if read.Webhook != nil {
		config.Webhook = &wotnot.Webhook{Token: read.Webhook.Token}
	}
	return config
}
