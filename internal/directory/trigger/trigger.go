// Package trigger calls the functions of pools: Cognito's Lambda triggers. It
// makes the event, calls the function, checks the response, and gives the engine
// that asked a typed answer:
//
//	PreSignUp            before a user is made        may refuse, confirm, verify
//	PostConfirmation     after a user is confirmed
//	PreAuthentication    before a password is checked may refuse
//	PostAuthentication   before tokens are issued     may refuse
//	PreToken             before tokens are signed     changes claims, groups, scopes
//	Migrate              for a name no user has       describes the user to make
//	Message              before a message is sent     words it
//	Send                 instead of sending a message
//	Define, Create, Verify                            the rounds of CUSTOM_AUTH
//
// A method for a trigger that the pool does not have calls nothing and returns
// what the unchanged event would. The engines call no function while they hold a
// transaction: a function that hangs costs its caller its time limit and nobody
// else anything.
//
// Package function does the calling, and knows where a function runs. What a
// response may change is decided by the engine that asked.
package trigger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/codekey"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Errors of calling a function. Their texts are Cognito's.
var (
	ErrRefused    = fault.New(fault.Denied, "trigger_refused", "The function of a trigger refused.")
	ErrUncallable = fault.New(fault.Unavailable, "trigger_uncallable", "The function of a trigger could not be called.")
	ErrOutput     = fault.New(fault.Unavailable, "trigger_output", "Unrecognizable lambda output")
	ErrUnresolved = fault.New(fault.Invalid, "trigger_unresolved", "The configuration names no such function.")
)

// Engine calls the functions of pools. Safe for concurrent use.
type Engine struct {
	Functions Functions
	Keys      *codekey.Keys // under which custom senders get codes
}

// Functions calls functions by their ARN; package function's Caller does.
type Functions interface {
	// Resolves reports whether the configuration says where a function runs.
	Resolves(arn string) bool
	// ClearCodes reports whether a custom sender gets codes in clear there.
	ClearCodes(arn string) bool
	// Call sends an event and returns the answer. The error is a fault of kind
	// Denied, with the text that the function threw; or of kind Unavailable, with
	// the reason why it could not be called; or that of ctx.
	Call(ctx context.Context, arn string, event []byte) ([]byte, error)
}

// Occasion is what every event says of the call that it comes from.
type Occasion struct {
	Pool     *userpool.Pool
	Client   userpool.ClientID // "": an administrator's call, which names no client
	Metadata map[string]string // ClientMetadata; nil: none was sent
}

// Check returns ErrUnresolved if the configuration does not say where a function
// runs. It is userpool.Config.CheckTriggers.
func (e *Engine) Check(t userpool.Triggers) error {
	for _, arn := range t.Functions {
		if !e.Functions.Resolves(arn) {
			return ErrUnresolved.Saying("No entry of directory.functions in the configuration names %s.", arn)
		}
	}
	return nil
}

// event is what a function gets and returns. Cognito: "Event request parameters".
type event struct {
	Version  string `json:"version"`
	Region   string `json:"region"`
	Pool     string `json:"userPoolId"`
	Username string `json:"userName"`
	Caller   caller `json:"callerContext"`
	Source   string `json:"triggerSource"`
	Request  any    `json:"request"`
	Response any    `json:"response"`
}

type caller struct {
	SDK    string `json:"awsSdkVersion"`
	Client string `json:"clientId"`
}

// call is one event for one trigger.
type call struct {
	trigger userpool.Trigger
	source  string // after the name of the event: "SignUp"
	version string // "": 1
	user    string // the userName
	request any
}

// ask calls the function of a trigger and reads its response into response, which
// holds what the event's own response says. It must only be called if the pool has
// the trigger.
func (e *Engine) ask(ctx context.Context, o Occasion, c call, response any) error {
	answer, err := e.invoke(ctx, o, c, response)
	if err != nil {
		return err
	}
	return decode(answer, response)
}

// invoke calls the function of a trigger and returns what it answered.
func (e *Engine) invoke(ctx context.Context, o Occasion, c call, response any) ([]byte, error) {
	sent, err := encode(o.event(ctx, c, response))
	if err != nil {
		return nil, fmt.Errorf("encode the event of %s: %w", c.trigger, err)
	}
	answer, err := e.Functions.Call(ctx, o.Pool.Settings.Triggers.Functions[c.trigger], sent)
	if err != nil {
		return nil, failure(c.trigger, err)
	}
	return answer, nil
}

func (o Occasion) event(ctx context.Context, c call, response any) event {
	ev := event{
		Version: "1", Region: o.Pool.ID.Region(), Pool: string(o.Pool.ID), Username: c.user,
		Caller: caller{SDK: sdkOf(ctx), Client: "CLIENT_ID_NOT_APPLICABLE"},
		Source: c.source, Request: c.request, Response: response,
	}
	if c.version != "" {
		ev.Version = c.version
	}
	if o.Client != "" {
		ev.Caller.Client = string(o.Client)
	}
	return ev
}

// encode writes an event as a function expects it: a message keeps its "<" and "&".
func encode(ev event) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(ev)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// failure returns the fault for a call without an answer. Cognito: observed texts.
func failure(t userpool.Trigger, err error) error {
	f := fault.As(err)
	switch {
	case f == nil:
		return fmt.Errorf("call the function of %s: %w", t, err)
	case f.Kind == fault.Denied:
		return ErrRefused.Saying("%s failed with error %s.", t, f.Message)
	}
	return ErrUncallable.Saying("%s invocation failed due to error %s.", t, f.Message).Because(err)
}

// decode reads the response of a returned event. Every other member of the event
// may be anything.
func decode(answer []byte, response any) error {
	var returned struct {
		Response json.RawMessage `json:"response"`
	}
	if err := json.Unmarshal(answer, &returned); err != nil {
		return ErrOutput.Because(err)
	}
	if len(returned.Response) == 0 || returned.Response[0] != '{' {
		return ErrOutput.Because(errNoResponse)
	}
	if err := json.Unmarshal(returned.Response, response); err != nil {
		return ErrOutput.Because(err)
	}
	return nil
}

var errNoResponse = errors.New("the answer has no object response")

// nothing is the response of a trigger that answers nothing.
type nothing struct{}

// attributesOf returns the attributes of a user as events have them.
func attributesOf(u *user.User) map[string]string {
	if u == nil {
		return map[string]string{}
	}
	all := map[string]string{}
	maps.Copy(all, u.Attributes)
	all["sub"], all["cognito:user_status"] = string(u.Sub), string(u.Status)
	return all
}

// withAliases adds the attributes that tell a function which of the user's
// addresses sign it in.
func withAliases(p *userpool.Pool, attributes map[string]string) map[string]string {
	for _, name := range []string{"email", "phone_number"} {
		if p.AliasIs(name) && attributes[name] != "" {
			attributes["cognito:"+name+"_alias"] = attributes[name]
		}
	}
	return attributes
}
