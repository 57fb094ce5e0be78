package proxy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/policy"
)

// What is refused of a route whose policy asks which tools a request calls.
var (
	ErrToolMessage  = fault.New(fault.Invalid, "mcp_message", "This address takes messages of the Model Context Protocol, in JSON that can be read in one way only.")
	ErrToolType     = fault.New(fault.Invalid, "mcp_content_type", "This address takes messages of the Model Context Protocol alone, as application/json without compression.")
	ErrToolTooLarge = fault.New(fault.Invalid, "mcp_too_large", "The message is larger than this address takes.")
)

const (
	// defaultMessage is how large a message may be if the route does not say it.
	defaultMessage = 1 << 20
	allMessages    = 64 << 20 // that are read at the same time, beyond web.FreeBody each
	maxToolName    = 256
)

// readTools finds out which tools a request calls, if the policy of its route asks for
// that. The upstream then gets the body that was read, and no other. Whoever has to sign
// in first is not read, nor whoever has to prove a device: as judge will see it.
func (c *chain) readTools(w http.ResponseWriter, r *http.Request, x *exchange) error {
	if !x.route.asksTool {
		return nil
	}
	if x.asked != nil {
		return ErrOtherWay // the other proxy has the body
	}
	switch c.lookAgain(r, x, c.decide(r, x, c.now())).Outcome {
	case policy.SignIn, policy.CertificateRequired, policy.ProveDevice:
		return nil
	}
	if !toolsUnread(r, x) {
		return nil
	}
	if err := checkToolType(r.Header); err != nil {
		return err
	}
	body, err := c.readMessage(w, r, x)
	if err != nil {
		return err
	}
	if x.messages, err = toolCalls(body); err != nil {
		return ErrToolMessage.Because(err)
	}
	r.Body, r.ContentLength, r.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	return nil
}

// toolsUnread reports whether a request may call tools that nobody has looked for. A
// policy that asks for them must not let it through.
func toolsUnread(r *http.Request, x *exchange) bool {
	return x.route.asksTool && x.messages == nil && r.Body != nil && r.Body != http.NoBody
}

// checkToolType refuses bodies that an upstream may read otherwise than we do.
func checkToolType(h http.Header) error {
	for _, name := range []string{"Content-Encoding", "Content-Type"} {
		if len(h[name]) > 1 {
			return ErrToolType
		}
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != "application/json" || !strings.EqualFold(params["charset"], "utf-8") && params["charset"] != "" {
		return ErrToolType
	}
	if h.Get("Content-Encoding") != "" {
		return ErrToolType
	}
	return nil
}

// readMessage reads the whole body of a request.
func (c *chain) readMessage(w http.ResponseWriter, r *http.Request, x *exchange) ([]byte, error) {
	release := c.bodies.Bound(w, r, x.route.messageLimit(), allMessages)
	defer release()
	body, err := io.ReadAll(r.Body)
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, ErrToolTooLarge.Because(err)
	}
	if err != nil {
		return nil, web.BodyError(err, ErrToolMessage)
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // that of the body: the answer may take its time
	return body, nil
}

// messageLimit is how large a message to the route may be.
func (cr *compiledRoute) messageLimit() int64 {
	if cr.MaxMessage > 0 {
		return cr.MaxMessage
	}
	return defaultMessage
}

// toolMessages is what the messages of a body are about.
type toolMessages struct {
	tools   []string // that they call, each once; "" for those that call none
	methods []string // of those that have one: an answer of the client has none
}

// toolCalls reads the messages of a body. A body that readers of JSON may understand in
// different ways is refused: a key that is there twice, also in other letters, which some
// readers take for the same; other bytes than UTF-8; text behind the end.
func toolCalls(body []byte) (*toolMessages, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("the message is not UTF-8")
	}
	messages := []json.RawMessage{body}
	if bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")) { // a batch (JSON-RPC 2.0 §6)
		messages = nil // or the first would be read into the body itself
		if err := json.Unmarshal(body, &messages); err != nil {
			return nil, err
		}
		if len(messages) == 0 {
			return nil, errors.New("the batch is empty")
		}
	}
	found := &toolMessages{}
	for _, message := range messages {
		tool, method, err := toolCall(message)
		if err != nil {
			return nil, err
		}
		found.tools = append(found.tools, tool)
		if method != "" {
			found.methods = append(found.methods, method)
		}
	}
	slices.Sort(found.tools)
	found.tools = slices.Compact(found.tools)
	return found, nil
}

// toolCall returns the tool that a message calls, or "", and the message's method, which
// an answer of the client does not have.
func toolCall(message json.RawMessage) (tool, method string, err error) {
	members, err := membersOf(message, "jsonrpc", "id", "method", "params", "result", "error")
	if err != nil {
		return "", "", err
	}
	if raw, ok := members["method"]; ok {
		if method, err = textOf(raw); err != nil {
			return "", "", fmt.Errorf("the method: %w", err)
		}
	}
	if method != "tools/call" {
		return "", method, nil
	}
	params, err := membersOf(members["params"], "name", "arguments", "_meta")
	if err != nil {
		return "", "", fmt.Errorf("the parameters of tools/call: %w", err)
	}
	if tool, err = textOf(params["name"]); err != nil {
		return "", "", fmt.Errorf("the name of the tool: %w", err)
	}
	return tool, method, nil
}

// membersOf returns the members of a JSON object. Keys that differ only in their letters
// are refused, and so are a known one in other letters, and one that does not print.
func membersOf(raw json.RawMessage, known ...string) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("it is not an object")
	}
	members, folded := map[string]json.RawMessage{}, map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		key, _ := token.(string)
		if strings.ContainsFunc(key, unprintable) { // some readers end a text at a NUL
			return nil, fmt.Errorf("the key %q has characters that do not print", key)
		}
		same := foldedKey(key)
		if folded[same] {
			return nil, fmt.Errorf("the key %q is there twice", key)
		}
		folded[same] = true
		if i := slices.IndexFunc(known, func(k string) bool { return foldedKey(k) == same }); i >= 0 && known[i] != key {
			return nil, fmt.Errorf("the key %q is written %q", known[i], key)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		members[key] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("there is more than one value")
	}
	return members, nil
}

// foldedKey returns a key in the form in which readers that ignore case compare it, as
// encoding/json does.
func foldedKey(key string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, key)
}

// textOf reads a text that all readers understand as the same: without control characters,
// and without spaces at its ends.
func textOf(raw json.RawMessage) (string, error) {
	var text string
	if len(raw) == 0 || raw[0] != '"' {
		return "", errors.New("it is not a text")
	}
	if err := json.Unmarshal(raw, &text); err != nil {
		return "", err
	}
	if text == "" || len(text) > maxToolName || strings.ContainsFunc(text, unprintable) || strings.TrimSpace(text) != text {
		return "", errors.New("it is empty, too long, or has characters that do not print")
	}
	return text, nil
}

// unprintable reports whether a character does not print, or stands for none that could be read.
func unprintable(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }
