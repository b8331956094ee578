package wotnot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"
)

// Names for calls that may have to be cancelled. A client of its own numbers would do; one counter is simpler.
var callNumber atomic.Int64

// Call calls a method of the library with params, which become its JSON, and gives the value. It is for what has no
// function here: docs/schema has the parameters and the result of every method.
//
// When ctx is done the call ends at once with an error that is both ctx's and an [*Error] with the delivery.
func (c *Client) Call(ctx context.Context, method string, params any) (json.RawMessage, error) {
	text, err := encode(params)
	if err != nil {
		return nil, err
	}
	if ctx.Done() == nil || method == "cancel" {
		return nativeCall(c.id, method, string(text)).value(method)
	}
	return c.callUntilDone(ctx, method, text)
}

func (c *Client) callUntilDone(ctx context.Context, method string, text []byte) (json.RawMessage, error) {
	fields := map[string]json.RawMessage{}
	if len(text) > 0 && json.Unmarshal(text, &fields) != nil {
		// Not an object: the library says so, at once.
		return nativeCall(c.id, method, string(text)).value(method)
	}
	if _, isNamed := fields["call_id"]; !isNamed {
		fields["call_id"], _ = json.Marshal("go-" + strconv.FormatInt(callNumber.Add(1), 10))
	}
	if ctx.Err() != nil {
		// The library says what becomes of a call that was cancelled before it began.
		fields["cancelled"] = json.RawMessage("true")
	}
	text, err := json.Marshal(fields)
	if err != nil {
		return nil, refused("params", err)
	}

	var isOver atomic.Bool
	stop := context.AfterFunc(ctx, func() {
		name, _ := json.Marshal(map[string]json.RawMessage{"call_id": fields["call_id"]})
		// The library knows the name a moment after the call has begun.
		for !isOver.Load() && !c.isCancelled(string(name)) {
			runtime.Gosched()
		}
	})
	value, err := nativeCall(c.id, method, string(text)).value(method)
	isOver.Store(true)
	stop()
	var failure *Error
	if errors.As(err, &failure) && failure.Code == CodeInterrupted && ctx.Err() != nil {
		failure.cause = context.Cause(ctx)
	}
	return value, err
}

// Whether there is nothing left to cancel: the call was found, or the client is closed, which ends it too.
func (c *Client) isCancelled(params string) bool {
	value, err := nativeCall(c.id, "cancel", params).value("cancel")
	var answer struct {
		Found bool `json:"found"`
	}
	return err != nil || json.Unmarshal(value, &answer) != nil || answer.Found
}

// Calls a method and reads its value into a result.
func call[T any](ctx context.Context, c *Client, method string, params any) (*T, error) {
	value, err := c.Call(ctx, method, params)
	if err != nil {
		return nil, err
	}
	result := new(T)
	if err := json.Unmarshal(value, result); err != nil {
		return nil, &Error{Code: CodeInternal, Method: method, Message: "the library's answer: " + err.Error()}
	}
	return result, nil
}

// The JSON of parameters. The library is given the characters themselves, as every other language gives them.
func encode(params any) ([]byte, error) {
	if params == nil {
		return nil, nil
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(params); err != nil {
		return nil, refused("params", err)
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}

// What cannot be written as JSON is refused here, before anything is sent. The reason names a type, never a value.
func refused(field string, err error) error {
	reason := "expected values that JSON can hold"
	var unsupported *json.UnsupportedTypeError
	if errors.As(err, &unsupported) {
		reason += ", found " + unsupported.Type.String()
	}
	return &Error{Code: CodeInvalidArgument, Delivery: NotSent, Message: field + ": " + reason}
}

// Forever is the wait of a receive that only an event, or the end of its context, brings to an end.
const Forever time.Duration = -1

// The library's times are whole milliseconds. 0 is left out, for the library's default; a shorter time than one
// millisecond does not become 0, and a negative one is the library's to refuse.
func millis(d time.Duration) *int64 {
	if d == 0 {
		return nil
	}
	ms := d.Milliseconds()
	switch {
	case d < 0:
		ms--
	case d%time.Millisecond != 0:
		ms++
	}
	return &ms
}

// The same for a wait, where 0 looks without waiting and [Forever] has no end.
func waitMillis(d time.Duration) *int64 {
	switch {
	case d < 0:
		return nil
	case d == 0:
		return new(int64)
	}
	return millis(d)
}
