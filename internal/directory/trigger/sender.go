package trigger

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
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

// Send hands a message to the function that sends it. The pool must have that
// trigger. What the function answers counts for nothing. ErrRefused, ErrUncallable.
// Cognito: "Custom sender Lambda triggers".
func (e *Engine) Send(ctx context.Context, o Occasion, p Parcel) error {
	code, err := e.encrypted(o.Pool, p)
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

var senderRequest = map[userpool.Trigger]string{
	userpool.TriggerCustomEmailSender: "customEmailSenderRequestV1",
	userpool.TriggerCustomSMSSender:   "customSMSSenderRequestV1",
}

type parcelRequest struct {
	Type       string            `json:"type"`
	Code       *string           `json:"code"`
	Metadata   map[string]string `json:"clientMetadata"`
	Attributes map[string]string `json:"userAttributes"`
}

// encrypted returns the code of a message as its function gets it, or nil.
func (e *Engine) encrypted(p *userpool.Pool, parcel Parcel) (*string, error) {
	if parcel.Code == "" {
		return nil, nil
	}
	text := parcel.Code.Reveal()
	if parcel.Invitation {
		text = htmlEscapes.Replace(text) // Cognito: functions unescape temporary passwords
	}
	message, err := e.Keys.Encrypt(p.Settings.Triggers.CodeKey, map[string]string{"userpool-id": string(p.ID)}, []byte(text))
	if err != nil {
		return nil, fmt.Errorf("encrypt the code for %s: %w", parcel.Trigger, err)
	}
	return new(base64.StdEncoding.EncodeToString(message)), nil
}

var htmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
