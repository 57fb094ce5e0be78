package trigger_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/function"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const arn = "arn:aws:lambda:us-east-1:000000000000:function:f"

// every is the triggers of a pool that has each, with one function for all.
var every = []userpool.Trigger{
	userpool.TriggerPreToken,
}

// lambda answers each invoke with the event that answer returns, and records the
// last event.
type lambda struct {
	sent   []byte
	answer string // "": the event as it came
	thrown string
}

func (l *lambda) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	l.sent, _ = io.ReadAll(r.Body)
	h, body := http.Header{}, string(l.sent)
	if l.answer != "" {
		body = l.answer
	}
	if l.thrown != "" {
		h.Set("X-Amz-Function-Error", "Unhandled")
		body = l.thrown
	}
	return &http.Response{StatusCode: 200, Header: h, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// engine returns an engine whose functions are l.
func (l *lambda) engine() *trigger.Engine {
	endpoint := &url.URL{Scheme: "http", Host: "lambda.localhost"}
	return &trigger.Engine{Functions: &function.Caller{Entries: []function.Entry{
		{ARN: arn, Target: &function.Lambda{Endpoint: endpoint, Client: &http.Client{Transport: l}}},
	}}}
}

// occasion is a call of an app client to a pool with every trigger.
func occasion(change ...func(*trigger.Occasion)) trigger.Occasion {
	p := &userpool.Pool{ID: "us-east-1_Test00001"}
	p.Settings.AliasAttributes = []string{"email"}
	p.Settings.Triggers.Functions = map[userpool.Trigger]string{}
	for _, t := range every {
		p.Settings.Triggers.Functions[t] = arn
	}
	p.Settings.Triggers.TokenEvent = 1
	o := trigger.Occasion{Pool: p, Client: "4o6gt2q0t6pf6uvpu35c1q7h8s"}
	for _, c := range change {
		c(&o)
	}
	return o
}

func version(n int) func(*trigger.Occasion) {
	return func(o *trigger.Occasion) { o.Pool.Settings.Triggers.TokenEvent = n }
}

func byAdmin(o *trigger.Occasion) { o.Client = "" }

func saying(pairs ...string) func(*trigger.Occasion) {
	return func(o *trigger.Occasion) {
		o.Metadata = map[string]string{}
		for i := 0; i+1 < len(pairs); i += 2 {
			o.Metadata[pairs[i]] = pairs[i+1]
		}
	}
}

var alice = &user.User{
	Pool: "us-east-1_Test00001", Sub: "4f3c8e1a-0000-4000-8000-000000000001", Username: "alice", Status: user.Confirmed,
	Attributes: map[string]string{"email": "alice@example.com", "email_verified": "true", "custom:tier": "<gold>"},
}

func tokenEvent() trigger.TokenEvent {
	first := 1
	return trigger.TokenEvent{
		Source: trigger.TokensAuthentication, User: alice, Scopes: []string{"aws.cognito.signin.user.admin"},
		Groups: []*user.Group{{Name: "admins", RoleARN: "arn:aws:iam::000000000000:role/admins", Precedence: &first}, {Name: "staff"}},
	}
}

// The events that functions get, as they were captured of Cognito: the members,
// which of them are null, and which are absent.
func TestEvents(t *testing.T) {
	js := trigger.WithAgent(t.Context(), "aws-sdk-js/2.1639.0 callback")
	tests := map[string]func(*trigger.Engine) error{
		"TokenGeneration-V1": func(e *trigger.Engine) error {
			_, err := e.PreToken(js, occasion(saying("tenant", "a&b")), tokenEvent())
			return err
		},
		"TokenGeneration-V1-no-groups": func(e *trigger.Engine) error {
			ev := tokenEvent()
			ev.Groups, ev.Source = nil, trigger.TokensRefresh
			_, err := e.PreToken(t.Context(), occasion(), ev)
			return err
		},
		"TokenGeneration-V2": func(e *trigger.Engine) error {
			_, err := e.PreToken(t.Context(), occasion(version(2)), tokenEvent())
			return err
		},
		"TokenGeneration-ClientCredentials": func(e *trigger.Engine) error {
			_, err := e.PreMachineToken(t.Context(), occasion(version(3), saying("a", "b")), []string{"api/read"})
			return err
		},
	}
	for name, call := range tests {
		t.Run(name, func(t *testing.T) {
			var l lambda
			if err := call(l.engine()); err != nil {
				t.Fatalf("an unchanged event is refused: %v", err)
			}
			golden(t, filepath.Join("testdata", name+".json"), l.sent)
		})
	}
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, got, "", "  "); err != nil {
		t.Fatal(err)
	}
	b.WriteByte('\n')
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// asks is every call that a pool with triggers can make.
var asks = map[userpool.Trigger]func(context.Context, *trigger.Engine) error{
	userpool.TriggerPreToken: func(ctx context.Context, e *trigger.Engine) error {
		_, err := e.PreToken(ctx, occasion(), tokenEvent())
		return err
	},
}

func TestEveryTriggerIsTried(t *testing.T) {
	for _, name := range every {
		if asks[name] == nil {
			t.Errorf("no call for %s", name)
		}
	}
}

func TestWhatAFunctionThrowsIsSaidWithTheTrigger(t *testing.T) {
	for name, ask := range asks {
		l := lambda{thrown: `{"errorMessage":"not on Sundays","errorType":"Error"}`}
		err := ask(t.Context(), l.engine())
		wantError(t, string(name), err, trigger.ErrRefused, string(name)+" failed with error not on Sundays.")

		none := &trigger.Engine{Functions: &function.Caller{}}
		wantError(t, string(name), ask(t.Context(), none), trigger.ErrUncallable, string(name)+" invocation failed due to error ResourceNotFoundException.")
	}
}

func TestAnswersThatAreNotTheEvent(t *testing.T) {
	for name, ask := range asks {
		for _, answer := range []string{`null`, `{}`, `[]`, `"x"`, `{"response":null}`, `{"response":[]}`, `{"response":"x"}`, `{"response":{}`, `<html>`, `{"Response`, "\x00"} {
			l := lambda{answer: answer}
			wantError(t, string(name)+" "+answer, ask(t.Context(), l.engine()), trigger.ErrOutput, "Unrecognizable lambda output")
		}
		l := lambda{answer: `{"response":{}}`} // the rest of the event may be missing
		if err := ask(t.Context(), l.engine()); err != nil && name != userpool.TriggerDefineAuthChallenge {
			t.Errorf("%s, an empty response: %v", name, err)
		}
	}
}

func TestACallerWhoLeavesIsNotTheFunctionsFault(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, ask := range asks {
		var l lambda
		if err := ask(ctx, l.engine()); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want %v", name, err, context.Canceled)
		}
	}
}

func TestAPoolWithoutTheTriggerCallsNothing(t *testing.T) {
	none := &trigger.Engine{Functions: &function.Caller{}}
	o := occasion()
	o.Pool.Settings.Triggers = userpool.Triggers{}
	if c, err := none.PreToken(t.Context(), o, tokenEvent()); err != nil || c.Groups != nil {
		t.Errorf("PreToken: %+v, %v", c, err)
	}
	if _, err := none.PreMachineToken(t.Context(), o, nil); err != nil {
		t.Errorf("PreMachineToken: %v", err)
	}
	if _, err := none.PreMachineToken(t.Context(), occasion(version(2)), nil); err != nil {
		t.Errorf("PreMachineToken with the second version: %v", err)
	}
}

func TestAnARNThatNoEntryNamesIsRefused(t *testing.T) {
	var l lambda
	e := l.engine()
	good := userpool.Triggers{Functions: map[userpool.Trigger]string{userpool.TriggerPreToken: arn}}
	if err := e.Check(good); err != nil {
		t.Error(err)
	}
	bad := userpool.Triggers{Functions: map[userpool.Trigger]string{userpool.TriggerPreToken: arn + "g"}}
	wantError(t, "another ARN", e.Check(bad), trigger.ErrUnresolved, "No entry of directory.functions in the configuration names "+arn+"g.")
}

func TestTheSDKOfAnEvent(t *testing.T) {
	for agent, want := range map[string]string{
		"aws-sdk-js/2.1639.0 callback":              `"awsSdkVersion":"aws-sdk-js-2.1639.0"`,
		"APN/1 aws-sdk-go-v2/1.48.0 ua/2.1":         `"awsSdkVersion":"aws-sdk-go-v2-1.48.0"`,
		"Mozilla/5.0":                               `"awsSdkVersion":"aws-sdk-unknown-unknown"`,
		"aws-sdk-" + strings.Repeat("a", 50) + "/1": `"awsSdkVersion":"aws-sdk-unknown-unknown"`,
		`aws-sdk-js/"}<`:                            `"awsSdkVersion":"aws-sdk-unknown-unknown"`,
	} {
		var l lambda
		asks[userpool.TriggerPreToken](trigger.WithAgent(t.Context(), agent), l.engine())
		if !bytes.Contains(l.sent, []byte(want)) {
			t.Errorf("%s: %s, want %s", agent, l.sent, want)
		}
	}
}

func wantError(t *testing.T, name string, err, want error, text string) {
	t.Helper()
	if !errors.Is(err, want) || !strings.Contains(err.Error(), ": "+text) {
		t.Errorf("%s: %v, want %v saying %q", name, err, want, text)
	}
}
