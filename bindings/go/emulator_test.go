package wotnot_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	wotnot "github.com/libwotnot/libwotnot/bindings/go"
)

// No test waits for a time; this is when it gives up.
const patience = 60 * time.Second

func setting(t *testing.T, name string) string {
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set; `cargo xtask test go` runs these tests", name)
	}
	return value
}

// A stand-in for the service, in a process of its own.
type emulator struct {
	BaseURL      string `json:"base_url"`
	Token        string `json:"token"`
	ControlURL   string `json:"control_url"`
	ControlToken string `json:"control_token"`
	Bots         []struct {
		Key string `json:"key"`
	} `json:"bots"`
}

func startEmulator(t *testing.T) *emulator {
	process := exec.Command(setting(t, "WOTNOT_BIN"), "emulate", "--json", "--flow", setting(t, "WOTNOT_FLOWS")+"/demo.yaml")
	process.Stderr = os.Stderr
	stdout, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	output := bufio.NewReader(stdout)
	t.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
	})
	line, err := output.ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	// What it says later is not needed, but a full pipe would hold it up.
	go func() { _, _ = io.Copy(io.Discard, output) }()
	e := &emulator{}
	if err := json.Unmarshal(line, e); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *emulator) config() wotnot.Config {
	return wotnot.Config{
		Token: e.Token, BotKey: e.Bots[0].Key, BaseURL: e.BaseURL, Log: "calls",
		Webhook: &wotnot.Webhook{Token: "hook", Listen: "127.0.0.1:0", Idle: time.Hour},
	}
}

// A client of the emulator that gets its events.
func (e *emulator) client(t *testing.T) *wotnot.Client {
	client := newClient(t, e.config())
	status, err := client.Status()
	if err != nil {
		t.Fatal(err)
	}
	body, _ := json.Marshal(map[string]string{"url": status.WebhookURL, "token": "hook"})
	request, _ := http.NewRequest(http.MethodPut, e.ControlURL+"/webhook", bytes.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+e.ControlToken)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode >= 300 {
		t.Fatalf("the emulator takes no webhook: %s", answer.Status)
	}
	return client
}

func newClient(t *testing.T, config wotnot.Config) *wotnot.Client {
	client, err := wotnot.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func start(visitor string) wotnot.Start {
	return wotnot.Start{
		VisitorID: visitor, Message: wotnot.Text("Hello"), Timeout: patience,
		Variables: &wotnot.Variables{Contact: map[string]any{"name": "Asha"}},
	}
}

// Listens until the bot asks something.
func asked(t *testing.T, chat *wotnot.Conversation) *wotnot.Prompt {
	for event, err := range chat.Events(context.Background(), patience) {
		if err != nil {
			t.Fatal(err)
		}
		if event.Prompt != nil {
			return event.Prompt
		}
	}
	t.Fatal("the bot asked nothing")
	return nil
}
