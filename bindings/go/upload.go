package wotnot

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"iter"
)

// Uploaded is how far a file is on its way to a gateway.
type Uploaded struct {
	// FileID is the gateway's id of it.
	FileID string `json:"file_id"`
	// Name is the name that is shown.
	Name string `json:"name"`
	// Size is how many bytes it has.
	Size int64 `json:"size"`
	// Offset is how many of them the gateway has.
	Offset int64 `json:"offset"`
	// Ready says whether it is there as a whole.
	Ready bool `json:"ready"`
	// Link is what answers a prompt for a file, once it is ready.
	Link string `json:"link"`
	// Raw is the document that it was read from.
	Raw json.RawMessage `json:"-"`
}

// UnmarshalJSON keeps the document too.
func (u *Uploaded) UnmarshalJSON(text []byte) error {
	type fields Uploaded
	return keepRaw(text, (*fields)(u), &u.Raw)
}

// Format shows neither the name nor the link.
func (u Uploaded) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "Uploaded(%s, %d of %d bytes)", u.FileID, u.Offset, u.Size)
}

// Upload hands a file to the gateway, and gives the link that answers a prompt for one. It goes on after a cut; after an
// error, or a kill of the program, the same call goes on where it stopped. Of the options [WithTimeout] is for the whole.
func (c *Client) Upload(ctx context.Context, path string, options ...Option) (*Uploaded, error) {
	params := map[string]any{"path": path}
	for _, option := range options {
		option(params)
	}
	return call[Uploaded](ctx, c, "upload", params)
}

const partSize = 256 * 1024

// UploadParts does the same part by part with size bytes of content: a loop over how far it is, the last time with the
// link. An error comes last.
func (c *Client) UploadParts(ctx context.Context, name string, content io.ReaderAt, size int64) iter.Seq2[*Uploaded, error] {
	return func(yield func(*Uploaded, error) bool) {
		now, err := call[Uploaded](ctx, c, "upload", map[string]any{"name": name, "size": size})
		part := make([]byte, partSize)
		for yield(now, err) && err == nil && !now.Ready {
			var read int
			if read, err = content.ReadAt(part, now.Offset); err == io.EOF {
				err = nil
			}
			if err == nil {
				data := base64.StdEncoding.EncodeToString(part[:read])
				params := map[string]any{"file_id": now.FileID, "offset": now.Offset, "data": data}
				now, err = call[Uploaded](ctx, c, "upload", params)
			}
		}
	}
}

// AppState is whether people see an app now.
type AppState string

const (
	// Foreground is an app that people see.
	Foreground AppState = "foreground"
	// Background is one that they do not: the gateway is asked less often.
	Background AppState = "background"
)

// SetAppState says through a gateway whether people see the app now.
func (c *Client) SetAppState(state AppState) error {
	_, err := call[struct{}](context.Background(), c, "set_app_state", map[string]any{"state": state})
	return err
}
