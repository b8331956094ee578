package wotnot

import (
	"encoding/json"
	"fmt"
)

// Message is what the visitor says: the vendor's own object. A choice's option has its own, ready to be sent.
type Message struct {
	// Type is such as text or slider.response.
	Type string `json:"type"`
	// Data is what goes with the type: anything that becomes a JSON object. A message that was received has
	// its JSON here, with the digits of every number.
	Data any `json:"data"`
	// Unchecked sends a type that the library does not know as it is.
	Unchecked bool `json:"unchecked,omitempty"`
}

// UnmarshalJSON keeps the data as it is written.
func (m *Message) UnmarshalJSON(text []byte) error {
	var read struct {
		Type string          `json:"type"`
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(text, &read); err != nil {
		return err
	}
	*m = Message{Type: read.Type, Data: read.Data}
	return nil
}

// Format shows the type, and never what was said.
func (m Message) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "Message(type=%s)", m.Type)
}

// Text is typed text.
func Text(text string) Message {
	return Message{Type: "text", Data: map[string]any{"body": text}}
}

// Slider is the value of a slider.
func Slider(value float64) Message {
	return Message{Type: "slider.response", Data: map[string]any{"value": value}}
}

// Files are files that you host.
func Files(files ...FileLink) Message {
	return Message{Type: "file_upload.response", Data: map[string]any{"files": files}}
}

// FileLink is one file of an answer. What is empty is filled in from Path, or else from Link.
type FileLink struct {
	// Link is where the service can fetch the file: an absolute http or https URL that you serve.
	Link string `json:"link"`
	// Filename is the name to show.
	Filename string `json:"filename,omitempty"`
	// MIMEType is such as image/png.
	MIMEType string `json:"mime_type,omitempty"`
	// Extension has no dot.
	Extension string `json:"extension,omitempty"`
	// Path is the local file behind the link. Only its name is used, nothing is uploaded.
	Path string `json:"path,omitempty"`
}

// Format shows nothing of the file.
func (l FileLink) Format(f fmt.State, _ rune) {
	fmt.Fprint(f, "FileLink([redacted])")
}
