package wotnot

import (
	"encoding/json"
	"fmt"
)

// Prompt is what the bot waits for, so that a window never guesses. [Client.Answer] makes the message that answers it.
// The fields that a kind does not have are empty.
type Prompt struct {
	// Kind is one of text, choice, slider, file, form, date, javascript, and unknown for what this version does not
	// know.
	Kind string `json:"kind"`
	// TextFormat of a text is any, name, email or phone.
	TextFormat string `json:"format"`
	// Options are those of a choice, in order.
	Options []ChoiceOption `json:"options"`
	// Multiple says of a choice whether several may be picked at once.
	Multiple bool `json:"multiple"`
	// Least and Most are how many of them; nil where the bot does not say.
	Least, Most *int
	// Min, Max and Step are those of a slider; nil where the bot gives none.
	Min, Max, Step *float64
	// Unit is that of a slider.
	Unit string `json:"unit"`
	// Limits of a file stand under the names that the service uses.
	Limits map[string]any `json:"limits"`
	// Fields are those of a form.
	Fields []FormField `json:"fields"`
	// Validation of a date stands under the names that the service uses.
	Validation map[string]any `json:"validation"`
	// Code is that of a javascript prompt. Run it in a sandbox, or compute the variables some other way.
	Code string `json:"code"`
	// Variables are what the code computes.
	Variables []any `json:"variables"`
	// Raw is the document that it was read from.
	Raw json.RawMessage `json:"-"`
}

// UnmarshalJSON keeps the document too.
func (p *Prompt) UnmarshalJSON(text []byte) error {
	type fields Prompt
	return keepRaw(text, (*fields)(p), &p.Raw)
}

// MarshalJSON writes the document that it was read from.
func (p Prompt) MarshalJSON() ([]byte, error) {
	if p.Raw == nil {
		return nil, fmt.Errorf("a prompt is read from an event or a turn, not made")
	}
	return p.Raw, nil
}

// Format shows the kind alone.
func (p Prompt) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "Prompt(kind=%s)", p.Kind)
}

// ChoiceOption is one option of a choice.
type ChoiceOption struct {
	// Label is what to show, plain text.
	Label string `json:"label"`
	// Answer is the message that picks it, ready to be sent; nil on a mere link.
	Answer *Message `json:"answer"`
	// URL is the page to open when it is picked.
	URL string `json:"url"`
	// Card is the card of a carousel that it belongs to.
	Card *Card `json:"card"`
}

// Card is one card of a carousel.
type Card struct {
	// Index is its place, from 0.
	Index int `json:"index"`
	// Title is what stands on top.
	Title string `json:"title"`
	// Description is what stands below.
	Description string `json:"description"`
	// Image is the URL of a picture.
	Image string `json:"image"`
}

// FormField is one field of a form.
type FormField struct {
	// Label is what to show, and what to answer under.
	Label string `json:"label"`
	// Raw has everything that the service says about it.
	Raw json.RawMessage `json:"-"`
}

// UnmarshalJSON keeps the document too.
func (f *FormField) UnmarshalJSON(text []byte) error {
	type fields FormField
	return keepRaw(text, (*fields)(f), &f.Raw)
}
