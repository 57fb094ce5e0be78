package trigger

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/message"
)

// Parcel is a message that a function of the pool sends instead of the pool.
type Parcel struct {
	Trigger   userpool.Trigger // TriggerCustomEmailSender or TriggerCustomSMSSender
	Kind      string           // the end of the source: "SignUp", "ForgotPassword"
	User      *user.User
	Attribute string // email or phone_number
	To        string // where it goes: an attribute that is not verified yet has its former value
	// Code is the code, or in an invitation the temporary password. "": the message
	// has none.
	Code       seal.Secret
	Invitation bool
}

// Sending is the [message.Sender] of one message, which a function of the pool sends.
type Sending func(ctx context.Context) error

// Send implements [message.Sender]. A function that could not be called may be
// called again; one that refused has done so for good.
func (s Sending) Send(ctx context.Context, _ *message.Message) error {
	err := s(ctx)
	if errors.Is(err, ErrUncallable) {
		return message.ErrDelivery.Because(err)
	}
	return err
}

// Send hands a message to the function that sends it. The pool must have that
// trigger. What the function answers counts for nothing. ErrRefused, ErrUncallable.
// Cognito: "Custom sender Lambda triggers".
func (e *Engine) Send(ctx context.Context, o Occasion, p Parcel) error {
	code, err := e.codeOf(o.Pool, p)
	if err != nil {
		return err
	}
	attributes := attributesOf(p.User)
	attributes[p.Attribute] = p.To
	_, err = e.invoke(ctx, o, call{trigger: p.Trigger, source: string(p.Trigger) + "_" + p.Kind, user: p.User.Username, request: parcelRequest{
		Type: senderRequest[p.Trigger], Code: code, Metadata: o.Metadata, Attributes: attributes,
	}}, nothing{})
	return err
}

// Notify hands a notice about a sign-in to the function that sends e-mail. facts take
// the place of the user's attributes; nil is unknown. ErrRefused, ErrUncallable.
// Cognito: a captured event.
func (e *Engine) Notify(ctx context.Context, o Occasion, u *user.User, facts map[string]*string) error {
	const t = userpool.TriggerCustomEmailSender
	_, err := e.invoke(ctx, o, call{trigger: t, source: string(t) + "_AccountTakeOverNotification", user: u.Username, request: parcelRequest{
		Type: senderRequest[t], Attributes: facts,
	}}, nothing{})
	return err
}

var senderRequest = map[userpool.Trigger]string{
	userpool.TriggerCustomEmailSender: "customEmailSenderRequestV1",
	userpool.TriggerCustomSMSSender:   "customSMSSenderRequestV1",
}

type parcelRequest struct {
	Type       string            `json:"type"`
	Code       *string           `json:"code"`
	Metadata   map[string]string `json:"clientMetadata"`
	Attributes any               `json:"userAttributes"`
}

// codeOf returns the code of a message as its function gets it, or nil: encrypted,
// unless the configuration says otherwise of the function.
func (e *Engine) codeOf(p *userpool.Pool, parcel Parcel) (*string, error) {
	if parcel.Code == "" {
		return nil, nil
	}
	text := parcel.Code.Reveal()
	if parcel.Invitation {
		text = htmlEscapes.Replace(text) // Cognito: functions unescape temporary passwords
	}
	if e.Functions.ClearCodes(p.Settings.Triggers.Functions[parcel.Trigger]) {
		return &text, nil
	}
	message, err := e.Keys.Encrypt(p.Settings.Triggers.CodeKey, map[string]string{"userpool-id": string(p.ID)}, []byte(text))
	if err != nil {
		return nil, fmt.Errorf("encrypt the code for %s: %w", parcel.Trigger, err)
	}
	return new(base64.StdEncoding.EncodeToString(message)), nil
}

var htmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
