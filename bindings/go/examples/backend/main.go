// Backend is a web backend on net/http: many visitors, each in a window of their own.
//
//	POST   /wotnot/events           the service posts what the bots say
//	POST   /visitors/ID/messages    {"text": ...}: the visitor says something; at first, that starts a conversation
//	GET    /visitors/ID/events      what they have not seen yet; waits up to 20 seconds for it
//	DELETE /visitors/ID             the visitor has left
//
// The client keeps the events of each conversation until its window asks for them, so that one that nobody looks at
// holds up no other. What nobody asks for in 15 minutes gives way when there is no room.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"os"
	"sync"
	"time"

	wotnot "github.com/libwotnot/libwotnot/bindings/go"
)

const (
	wait    = 20 * time.Second
	maxBody = 1 << 20
)

// The conversations of the visitors who are here.
type backend struct {
	client *wotnot.Client
	chats  sync.Map
}

func main() {
	client, err := wotnot.New(wotnot.Config{
		Token:   os.Getenv("WOTNOT_TOKEN"),
		BotKey:  os.Getenv("WOTNOT_BOT_KEY"),
		BaseURL: os.Getenv("WOTNOT_BASE_URL"),
		Webhook: &wotnot.Webhook{Token: os.Getenv("WOTNOT_WEBHOOK_TOKEN")},
	})
	if err != nil {
		log.Fatal(err)
	}
	b := &backend{client: client}
	http.HandleFunc("POST /wotnot/events", b.accept)
	http.HandleFunc("POST /visitors/{visitor}/messages", b.say)
	http.HandleFunc("GET /visitors/{visitor}/events", b.events)
	http.HandleFunc("DELETE /visitors/{visitor}", b.leave)
	log.Fatal(http.ListenAndServe(os.Getenv("WOTNOT_LISTEN"), nil))
}

// Answers the service: 401 for a wrong token, 503 when there is no room.
func (b *backend) accept(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		answer(w, http.StatusBadRequest, nil)
		return
	}
	reply, err := b.client.AcceptWebhook(body, r.Header.Get("Authorization"))
	if err != nil {
		log.Print(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(reply.Status)
	_, _ = io.WriteString(w, reply.Body)
}

// Starts the visitor's conversation with this, or goes on with the one that they have.
func (b *backend) say(w http.ResponseWriter, r *http.Request) {
	var said struct {
		Text string `json:"text"`
	}
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&said) != nil || said.Text == "" {
		answer(w, http.StatusBadRequest, nil)
		return
	}
	visitor := r.PathValue("visitor")
	chat, err := b.client.OpenConversation(r.Context(), wotnot.Start{VisitorID: visitor, Message: wotnot.Text(said.Text)})
	if err == nil {
		b.chats.Store(visitor, chat)
		if !chat.MessageSent {
			_, err = chat.SendText(r.Context(), said.Text)
		}
	}
	if err != nil {
		failed(w, err)
		return
	}
	answer(w, http.StatusOK, map[string]string{"conversation": chat.ID})
}

// Waits for one event, and takes the rest that is there already. A window that is closed ends its wait.
func (b *backend) events(w http.ResponseWriter, r *http.Request) {
	found, isHere := b.chats.Load(r.PathValue("visitor"))
	if !isHere {
		answer(w, http.StatusNotFound, nil)
		return
	}
	chat := found.(*wotnot.Conversation)
	seen := []*wotnot.Event{}
	event, err := chat.Receive(r.Context(), wait)
	if err != nil && !errors.Is(err, wotnot.CodeTimeout) {
		failed(w, err)
		return
	}
	for ; err == nil; event, err = chat.Receive(context.Background(), 0) {
		if event.By != "visitor" {
			seen = append(seen, event)
		}
	}
	answer(w, http.StatusOK, seen)
}

// Drops the conversation, and the events of it that wait.
func (b *backend) leave(w http.ResponseWriter, r *http.Request) {
	visitor := r.PathValue("visitor")
	if _, wasHere := b.chats.LoadAndDelete(visitor); !wasHere {
		answer(w, http.StatusNotFound, nil)
		return
	}
	if _, err := b.client.Forget(r.Context(), visitor); err != nil {
		failed(w, err)
		return
	}
	answer(w, http.StatusOK, struct{}{})
}

// The window asks before it offers to say it again: it may have been taken.
func failed(w http.ResponseWriter, err error) {
	document := map[string]any{"code": "internal"}
	var failure *wotnot.Error
	if errors.As(err, &failure) {
		document = map[string]any{"code": failure.Code, "delivery": failure.Delivery}
	}
	answer(w, http.StatusBadGateway, document)
}

func answer(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if document == nil {
		document = struct{}{}
	}
	_ = json.NewEncoder(w).Encode(document)
}
