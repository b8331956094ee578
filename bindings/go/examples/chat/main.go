// Chat is a chat in the terminal: one line is one answer. Settings come from WOTNOT_TOKEN, WOTNOT_BOT_KEY,
// WOTNOT_BASE_URL, WOTNOT_WEBHOOK_TOKEN and WOTNOT_LISTEN, or all in WOTNOT_CONFIG (of a gateway). Ctrl-C ends it, whatever
// it waits for.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"time"

	wotnot "github.com/libwotnot/libwotnot/bindings/go"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := chat(ctx); err != nil && !errors.Is(err, context.Canceled) {
		log.Fatal(err)
	}
}

func open() (*wotnot.Client, error) {
	if config := os.Getenv("WOTNOT_CONFIG"); config != "" {
		return wotnot.NewFromJSON(config)
	}
	return wotnot.New(wotnot.Config{
		Token:   os.Getenv("WOTNOT_TOKEN"),
		BotKey:  os.Getenv("WOTNOT_BOT_KEY"),
		BaseURL: os.Getenv("WOTNOT_BASE_URL"),
		Webhook: &wotnot.Webhook{Token: os.Getenv("WOTNOT_WEBHOOK_TOKEN"), Listen: os.Getenv("WOTNOT_LISTEN")},
	})
}

func chat(ctx context.Context) error {
	client, err := open()
	if err != nil {
		return err
	}
	defer client.Close()
	lines := bufio.NewScanner(os.Stdin)
	if !lines.Scan() {
		return lines.Err()
	}
	chat, err := client.OpenConversation(ctx, wotnot.Start{VisitorID: "go-example", Message: wotnot.Text(lines.Text())})
	if err != nil {
		return err
	}
	for event, err := range chat.Events(ctx, 10*time.Second) {
		if err != nil {
			return err
		}
		if event.By != "" && event.By != "visitor" {
			fmt.Printf("%s: %s\n", event.By, event.Text)
		}
		if event.Prompt != nil {
			if err := answer(ctx, client, chat, event.Prompt, lines); err != nil {
				return err
			}
		}
		if event.Closed != nil && *event.Closed {
			break
		}
	}
	return nil
}

// Reads lines until the bot takes one.
func answer(ctx context.Context, client *wotnot.Client, chat *wotnot.Conversation, prompt *wotnot.Prompt, lines *bufio.Scanner) error {
	for lines.Scan() {
		var value any = lines.Text()
		if number, err := strconv.ParseFloat(lines.Text(), 64); err == nil && prompt.Kind == "slider" {
			value = number
		}
		message, err := client.Answer(prompt, value)
		if errors.Is(err, wotnot.CodeInvalidArgument) {
			fmt.Println(err) // what the bot asks for; nothing was sent
			continue
		}
		if err == nil {
			_, err = chat.Send(ctx, message)
		}
		return err
	}
	return lines.Err()
}
