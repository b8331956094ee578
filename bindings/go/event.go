package wotnot

import (
	"encoding/json"
	"fmt"
	"time"
)

// Event is what the service says through the webhook. The fields that a type does not have are empty.
type Event struct {
	// Type is one of message, conversation_created, status, assignee, variables, label, note, sla_breached,
	// message_status, evicted, and unknown for what this version does not know. Through a gateway also delivery (what
	// became of the visitor's message), reset, identity_wanted and upload (how far a file is).
	Type string `json:"type"`
	// Seq counts the events of one client; 0 from [Client.ParseWebhook].
	Seq int64 `json:"seq"`
	// EventID is the same for every delivery of the same event.
	EventID string `json:"event_id"`
	// ConversationID is [Conversation.ID].
	ConversationID string `json:"conversation_id"`
	// VisitorKey is [Contact.VisitorKey].
	VisitorKey string `json:"visitor_key"`
	// ReceivedAt is when the library took it.
	ReceivedAt time.Time `json:"received_at"`
	// OccurredAt is when it happened by the service's clock; the zero time where it does not say.
	OccurredAt time.Time `json:"occurred_at"`
	// Late says that it came before the message of the turn that it is part of.
	Late bool `json:"late"`
	// By is bot, agent or visitor, on messages.
	By string `json:"by"`
	// Text is the message as plain text.
	Text string `json:"text"`
	// HTML is the message as it was sent.
	HTML string `json:"html"`
	// Prompt is the answer that the bot waits for; nil when it waits for none.
	Prompt *Prompt `json:"prompt"`
	// Closed says of a status whether the conversation is closed now; nil where the service does not say.
	Closed *bool `json:"closed"`
	// Handover says who answers from now on, on an assignee.
	Handover *Handover `json:"handover"`
	// Evicted is how many events of the conversation are gone, on evicted.
	Evicted int64 `json:"events"`
	// ClientID is the visitor's own id of a message of theirs, through a gateway.
	ClientID string `json:"client_id"`
	// State is what became of it.
	State MessageState `json:"state"`
	// Reason says why, on delivery and reset.
	Reason string `json:"reason"`
	// Document is the whole event as the library gave it, the service's own element under "raw".
	Document json.RawMessage `json:"-"`

	log *LogRecord
}

// Handover says who answers from now on.
type Handover struct {
	// Direction is to_agent or to_bot.
	Direction string `json:"direction"`
	// Name is theirs, where the service gives it.
	Name string `json:"name"`
}

// UnmarshalJSON keeps the document too.
func (e *Event) UnmarshalJSON(text []byte) error {
	type fields Event
	read := struct {
		*fields
		Log *LogRecord `json:"log"`
	}{fields: (*fields)(e)}
	if err := keepRaw(text, &read, &e.Document); err != nil {
		return err
	}
	e.log = read.Log
	return nil
}

// MarshalJSON writes what a browser may see: what a chat window needs, and nothing that is the account's alone. Neither
// the service's own element nor the visitor's key is in it. What is not known is null.
func (e Event) MarshalJSON() ([]byte, error) {
	var known map[string]json.RawMessage
	if err := json.Unmarshal(e.Document, &known); err != nil {
		return nil, err
	}
	names := []string{"type", "seq", "event_id", "conversation_id", "received_at", "occurred_at"}
	switch e.Type {
	case "message":
		names = append(names, "by", "text", "html", "prompt")
	case "status":
		names = append(names, "closed")
	case "assignee":
		names = append(names, "handover")
	}
	shown := make(map[string]json.RawMessage, len(names))
	for _, name := range names {
		shown[name] = known[name]
	}
	return json.Marshal(shown)
}

// Format shows type and ids, and never what was said.
func (e Event) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "Event(type=%s, seq=%d, conversation_id=%s)", e.Type, e.Seq, e.ConversationID)
}

// LogRecord is what happened to a call. It holds no token, no id of a visitor, and nothing that anybody said.
type LogRecord struct {
	// Kind is retry (an attempt failed, and another follows) or verdict (the call is over).
	Kind string `json:"kind"`
	// Text is all of it as one line for people.
	Text string `json:"text"`
	// Method is such as send_message.
	Method string `json:"method"`
	// ConversationID is the conversation that the call named.
	ConversationID string `json:"conversation_id"`
	// Code is ok, or that of the error.
	Code Code `json:"code"`
	// Delivery is what became of the message so far; empty on success.
	Delivery Delivery `json:"delivery"`
	// HTTPStatus is that of the last answer, on failures that had one.
	HTTPStatus int `json:"http_status"`
	// Attempts counts the requests that were tried up to now.
	Attempts int `json:"attempts"`
	// WaitMillis is how long is waited before the next one, on retries.
	WaitMillis int64 `json:"wait_ms"`
	// DurationMillis is how long the call has taken up to now.
	DurationMillis int64 `json:"duration_ms"`
	// Message is the error's.
	Message string `json:"message"`
	// Dropped is how many older records nobody took and are gone.
	Dropped int64 `json:"dropped"`
}

// Turn is what the bot made of a message: all that came until its turn was over.
type Turn struct {
	// MessageID is the service's id of the message; empty when the service gives none.
	MessageID string `json:"message_id"`
	// Text is what was said, as plain text, one message a line; without what is late.
	Text string `json:"text"`
	// Ended is prompt, closed, handed_over, quiet or timeout.
	Ended string `json:"ended"`
	// Prompt is the answer that the bot waits for; nil when it waits for none.
	Prompt *Prompt `json:"prompt"`
	// Events has every event of the conversation but the visitor's own messages.
	Events []Event `json:"events"`
	// ConfirmedBy is echo or prompt, where the answer to the message was lost and this showed that it was taken.
	ConfirmedBy string `json:"confirmed_by"`
	// Raw is the document that it was read from.
	Raw json.RawMessage `json:"-"`
}

// UnmarshalJSON keeps the document too.
func (t *Turn) UnmarshalJSON(text []byte) error {
	type fields Turn
	return keepRaw(text, (*fields)(t), &t.Raw)
}

// Format never shows what was said.
func (t Turn) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "Turn(ended=%s, events=%d)", t.Ended, len(t.Events))
}

// Reads a document into its fields, and keeps a copy of it. The decoder owns text.
func keepRaw(text []byte, fields any, raw *json.RawMessage) error {
	if err := json.Unmarshal(text, fields); err != nil {
		return err
	}
	*raw = append((*raw)[:0], text...)
	return nil
}
