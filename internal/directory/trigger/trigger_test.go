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
	userpool.TriggerPreSignUp, userpool.TriggerPostConfirmation, userpool.TriggerPreAuthentication, userpool.TriggerPostAuthentication,
	userpool.TriggerPreToken, userpool.TriggerDefineAuthChallenge, userpool.TriggerCreateAuthChallenge, userpool.TriggerVerifyAuthChallenge,
	userpool.TriggerUserMigration, userpool.TriggerCustomMessage,
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

// sending is a pool whose functions send its messages.
func sending(o *trigger.Occasion) {
	for _, t := range []userpool.Trigger{userpool.TriggerCustomEmailSender, userpool.TriggerCustomSMSSender} {
		o.Pool.Settings.Triggers.Functions[t] = arn
	}
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

func bob() map[string]string { return map[string]string{"email": "bob@example.com"} }

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
	label := "WORD"
	past := []trigger.Round{{Challenge: "SRP_A", Right: true}, {Challenge: "CUSTOM_CHALLENGE", Metadata: &label}}
	tests := map[string]func(*trigger.Engine) error{
		"DefineAuthChallenge": func(e *trigger.Engine) error {
			_, err := e.Define(t.Context(), occasion(saying("a", "b")), trigger.SignIn{User: alice, Name: "alice"}, past)
			return unlessUndecided(err)
		},
		"DefineAuthChallenge-nobody": func(e *trigger.Engine) error {
			_, err := e.Define(t.Context(), occasion(), trigger.SignIn{Name: "nobody"}, nil)
			return unlessUndecided(err)
		},
		"CreateAuthChallenge": func(e *trigger.Engine) error {
			_, err := e.Create(t.Context(), occasion(), trigger.SignIn{User: alice, Name: "alice"}, past)
			return err
		},
		"VerifyAuthChallengeResponse": func(e *trigger.Engine) error {
			_, err := e.Verify(t.Context(), occasion(), trigger.SignIn{User: alice, Name: "alice"}, trigger.Question{Private: map[string]string{"answer": "x"}}, "y")
			return err
		},
		"UserMigration_Authentication": func(e *trigger.Engine) error {
			_, err := e.Migrate(t.Context(), occasion(saying("a", "b")), trigger.Stranger{Name: "carol", Password: "Right-Horse-7"})
			return err
		},
		"UserMigration_ForgotPassword": func(e *trigger.Engine) error {
			_, err := e.Migrate(t.Context(), occasion(), trigger.Stranger{Name: "carol"})
			return err
		},
		"CustomMessage_ForgotPassword": func(e *trigger.Engine) error {
			_, err := e.Message(t.Context(), occasion(), trigger.Message{Kind: "ForgotPassword", User: alice})
			return err
		},
		"CustomMessage_AdminCreateUser": func(e *trigger.Engine) error {
			_, err := e.Message(t.Context(), occasion(byAdmin), trigger.Message{Kind: "AdminCreateUser", User: alice, Invitation: true})
			return err
		},
		"CustomEmailSender_AdminCreateUser": func(e *trigger.Engine) error {
			return e.Send(t.Context(), occasion(byAdmin, sending), trigger.Parcel{Trigger: userpool.TriggerCustomEmailSender, Kind: "AdminCreateUser", User: alice, Attribute: "email", To: "new@example.com"})
		},
		"CustomSMSSender_SignUp": func(e *trigger.Engine) error {
			return e.Send(t.Context(), occasion(saying("a", "b"), sending), trigger.Parcel{Trigger: userpool.TriggerCustomSMSSender, Kind: "SignUp", User: alice, Attribute: "phone_number", To: "+15550100"})
		},
		"PreSignUp_SignUp": func(e *trigger.Engine) error {
			_, err := e.PreSignUp(js, occasion(), trigger.NewUser{Username: "bob", Attributes: bob()})
			return err
		},
		"PreSignUp_AdminCreateUser": func(e *trigger.Engine) error {
			_, err := e.PreSignUp(t.Context(), occasion(byAdmin, saying("a", "b")), trigger.NewUser{Invited: true, Username: "bob", Attributes: bob(), Validation: map[string]string{"captcha": "x"}})
			return err
		},
		"PostConfirmation_ConfirmSignUp": func(e *trigger.Engine) error {
			return e.PostConfirmation(t.Context(), occasion(), trigger.ConfirmedSignUp, alice)
		},
		"PreAuthentication": func(e *trigger.Engine) error {
			return e.PreAuthentication(t.Context(), occasion(saying("a", "b")), trigger.SignIn{User: alice, Name: "alice@example.com"})
		},
		"PreAuthentication-nobody": func(e *trigger.Engine) error {
			return e.PreAuthentication(t.Context(), occasion(), trigger.SignIn{Name: "nobody"})
		},
		"PostAuthentication": func(e *trigger.Engine) error {
			return e.PostAuthentication(t.Context(), occasion(), alice, false)
		},
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

// unlessUndecided returns nil for an unchanged event of DefineAuthChallenge, which
// decides nothing.
func unlessUndecided(err error) error {
	if errors.Is(err, trigger.ErrOutput) {
		return nil
	}
	return err
}

// asks is every call that a pool with triggers can make.
var asks = map[userpool.Trigger]func(context.Context, *trigger.Engine) error{
	userpool.TriggerDefineAuthChallenge: func(ctx context.Context, e *trigger.Engine) error {
		_, err := e.Define(ctx, occasion(), trigger.SignIn{User: alice}, nil)
		return err
	},
	userpool.TriggerCreateAuthChallenge: func(ctx context.Context, e *trigger.Engine) error {
		_, err := e.Create(ctx, occasion(), trigger.SignIn{User: alice}, nil)
		return err
	},
	userpool.TriggerVerifyAuthChallenge: func(ctx context.Context, e *trigger.Engine) error {
		_, err := e.Verify(ctx, occasion(), trigger.SignIn{User: alice}, trigger.Question{}, "x")
		return err
	},
	userpool.TriggerUserMigration: func(ctx context.Context, e *trigger.Engine) error {
		_, err := e.Migrate(ctx, occasion(), trigger.Stranger{Name: "carol", Password: "x"})
		return err
	},
	userpool.TriggerCustomMessage: func(ctx context.Context, e *trigger.Engine) error {
		_, err := e.Message(ctx, occasion(), trigger.Message{Kind: "SignUp", User: alice})
		return err
	},
	userpool.TriggerPreSignUp: func(ctx context.Context, e *trigger.Engine) error {
		_, err := e.PreSignUp(ctx, occasion(), trigger.NewUser{Username: "bob", Attributes: bob()})
		return err
	},
	userpool.TriggerPostConfirmation: func(ctx context.Context, e *trigger.Engine) error {
		return e.PostConfirmation(ctx, occasion(), trigger.ConfirmedSignUp, alice)
	},
	userpool.TriggerPreAuthentication: func(ctx context.Context, e *trigger.Engine) error {
		return e.PreAuthentication(ctx, occasion(), trigger.SignIn{User: alice, Name: "alice"})
	},
	userpool.TriggerPostAuthentication: func(ctx context.Context, e *trigger.Engine) error {
		return e.PostAuthentication(ctx, occasion(), alice, false)
	},
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
