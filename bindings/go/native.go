package wotnot

/*
#include <stdlib.h>
#include <wotnot.h>
*/
import "C"

import (
	"encoding/json"
	"strings"
	"unsafe"
)

// LibraryVersion is the version that the library was built with, such as "0.1.0".
func LibraryVersion() string {
	return C.GoString(C.wotnot_version())
}

// What a function of the library gave: its status, and its document.
type outcome struct {
	status C.wotnot_status
	text   []byte
}

// Takes the library's string over, and gives it back.
func newOutcome(status C.wotnot_status, text *C.char) outcome {
	defer C.wotnot_string_free(text)
	if text == nil {
		return outcome{status: status}
	}
	return outcome{status, []byte(C.GoString(text))}
}

// The value of a success, or the error that the document holds.
func (o outcome) value(method string) (json.RawMessage, error) {
	var envelope struct {
		Value json.RawMessage `json:"value"`
		Error *Error          `json:"error"`
	}
	if len(o.text) > 0 {
		if err := json.Unmarshal(o.text, &envelope); err != nil {
			return nil, &Error{Code: CodeInternal, Method: method, Message: "the library's answer is not JSON: " + err.Error()}
		}
	}
	switch {
	case o.status == C.WOTNOT_OK:
		return envelope.Value, nil
	case envelope.Error != nil:
		return nil, envelope.Error
	default:
		code := Code(C.GoString(C.wotnot_status_name(o.status)))
		return nil, &Error{Code: code, Status: int(o.status), Method: method, Message: "the library gave no reason"}
	}
}

// The library's id of a client.
type nativeID = C.wotnot_client

func nativeNew(config string) (nativeID, error) {
	text := cString(config)
	defer C.free(unsafe.Pointer(text))
	var id nativeID
	var out *C.char
	status := C.wotnot_client_new(text, &id, &out)
	_, err := newOutcome(status, out).value("client_new")
	return id, err
}

func nativeCall(id nativeID, method, params string) outcome {
	name, text := cString(method), cString(params)
	defer C.free(unsafe.Pointer(name))
	defer C.free(unsafe.Pointer(text))
	var out *C.char
	status := C.wotnot_call(id, name, text, &out)
	return newOutcome(status, out)
}

func nativeInterrupt(id nativeID) error {
	_, err := outcome{status: C.wotnot_interrupt(id)}.value("interrupt")
	return err
}

func nativeClose(id nativeID) error {
	_, err := outcome{status: C.wotnot_client_close(id)}.value("close")
	return err
}

// Strings and clients that are not given back yet, for leak tests.
func nativeLeaks() (strings, clients int) {
	return int(C.wotnot_live_strings()), int(C.wotnot_live_clients())
}

// A NUL would cut the text; what stands in its place is held by neither JSON nor the name of a method, so that the
// library refuses the text and says where.
func cString(text string) *C.char {
	return C.CString(strings.ReplaceAll(text, "\x00", "\x01"))
}
