package enginetest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/function"
)

// FunctionARN is how the ARNs of all functions of [Functions] begin.
const FunctionARN = "arn:aws:lambda:us-east-1:000000000000:function:"

// FunctionsHost is the host at which [Functions] speaks the Invoke API.
const FunctionsHost = "lambda.localhost"

// Functions is AWS Lambda inside the process: an [http.RoundTripper] that answers
// the Invoke API. Its functions are Go functions. It is safe for concurrent use.
type Functions struct {
	mu       sync.Mutex
	handlers map[string]Handler
	events   []Event
}

// Handler is a function. It changes the response of the event. An error is what
// the function throws.
type Handler func(e Event) error

// Event is an event as a function gets it.
type Event map[string]any

// Source returns the triggerSource.
func (e Event) Source() string { return e["triggerSource"].(string) }

// Request returns the member request.
func (e Event) Request() map[string]any { return e["request"].(map[string]any) }

// Respond sets a member of the response.
func (e Event) Respond(member string, value any) { e["response"].(map[string]any)[member] = value }

// Handle sets the function with that name.
func (f *Functions) Handle(name string, h Handler) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.handlers == nil {
		f.handlers = map[string]Handler{}
	}
	f.handlers[name] = h
}

// Events returns the events that arrived, oldest first.
func (f *Functions) Events() []Event {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Event(nil), f.events...)
}

// Sources returns the sources of the events that arrived, with a space between
// them, and forgets the events.
func (f *Functions) Sources() string {
	var all []string
	for _, e := range f.Events() {
		all = append(all, e.Source())
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = nil
	return strings.Join(all, " ")
}

// RoundTrip implements [http.RoundTripper].
func (f *Functions) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	_, name, _ := strings.Cut(r.URL.Path, FunctionARN)
	name = strings.TrimSuffix(name, "/invocations")
	var sent, event Event
	if err := json.Unmarshal(body, &sent); err != nil {
		return nil, err
	}
	json.Unmarshal(body, &event) // a copy, which the function may change
	f.mu.Lock()
	h := f.handlers[name]
	f.events = append(f.events, sent)
	f.mu.Unlock()
	if h == nil {
		return answer(http.StatusNotFound, http.Header{"X-Amzn-Errortype": {"ResourceNotFoundException:"}}, nil), nil
	}
	if err := h(event); err != nil {
		return answer(http.StatusOK, http.Header{"X-Amz-Function-Error": {"Unhandled"}}, map[string]string{"errorMessage": err.Error()}), nil
	}
	return answer(http.StatusOK, http.Header{}, event), nil
}

func answer(status int, h http.Header, body any) *http.Response {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(bytes.NewReader(text))}
}

// caller returns a caller of the functions.
func (f *Functions) caller(c *Clock) *function.Caller {
	return &function.Caller{Entries: []function.Entry{{ARN: FunctionARN + "*", Target: &function.Lambda{
		Endpoint: &url.URL{Scheme: "http", Host: FunctionsHost}, Client: &http.Client{Transport: f}, Now: c.Now,
	}}}}
}

// On makes h the function of the pool's trigger.
func (d *Directory) On(t userpool.Trigger, h Handler) {
	d.t.Helper()
	d.Functions.Handle(string(t), h)
	d.MustSet(func(s *userpool.Settings) {
		functions := map[userpool.Trigger]string{t: FunctionARN + string(t)}
		for other, arn := range s.Triggers.Functions {
			functions[other] = arn
		}
		s.Triggers.Functions = functions
		if t == userpool.TriggerCustomEmailSender || t == userpool.TriggerCustomSMSSender {
			s.Triggers.CodeKey = CodeKey
		}
		if t == userpool.TriggerPreToken && s.Triggers.TokenEvent == 0 {
			s.Triggers.TokenEvent = 1
		}
	})
}

// MustSet changes the settings of the pool.
func (d *Directory) MustSet(change func(*userpool.Settings)) {
	d.t.Helper()
	p, err := d.Pools.UpdatePool(d.t.Context(), d.Pool.ID, func(p *userpool.Pool) error {
		change(&p.Settings)
		return nil
	})
	if err != nil {
		d.t.Fatalf("change the pool's settings: %v", err)
	}
	d.Pool = p
}
