package trigger

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// The placeholders of a message. Cognito: "Custom message Lambda trigger".
const (
	codePlaceholder = "{####}"
	namePlaceholder = "{username}"
	linkPlaceholder = "{##Click Here##}"
)

// The longest texts that a function may write, in characters.
const (
	maxSMS     = 140
	maxEmail   = 20000
	maxSubject = 140
)

// Message is a message that is about to be sent.
type Message struct {
	Kind       string // the end of the source: "SignUp", "ForgotPassword"
	User       *user.User
	Invitation bool // it has a user name as well as a temporary password
	Link       bool // it has a link instead of a code
}

// Wording is what a function says of a message. An empty text stands for the
// pool's own.
type Wording struct{ SMS, Email, Subject string }

// Message asks the function of TriggerCustomMessage for the words of a message. A
// text without the code, or without the name in an invitation, is not used.
// ErrRefused, ErrUncallable, ErrOutput.
func (e *Engine) Message(ctx context.Context, o Occasion, m Message) (Wording, error) {
	if !o.Pool.Has(userpool.TriggerCustomMessage) {
		return Wording{}, nil
	}
	request := messageRequest{Attributes: attributesOf(m.User), Code: codePlaceholder, Metadata: o.Metadata}
	if m.Invitation {
		name := namePlaceholder
		request.Username = &name
	}
	if m.Link {
		link := linkPlaceholder
		request.Link = &link
	}
	var r messageResponse
	err := e.ask(ctx, o, call{trigger: userpool.TriggerCustomMessage, source: "CustomMessage_" + m.Kind, user: m.User.Username, request: request}, &r)
	if err != nil {
		return Wording{}, err
	}
	return r.wording(m)
}

type messageRequest struct {
	Attributes map[string]string `json:"userAttributes"`
	Code       string            `json:"codeParameter"`
	Link       *string           `json:"linkParameter"`
	Username   *string           `json:"usernameParameter"`
	Metadata   map[string]string `json:"clientMetadata,omitempty"`
}

type messageResponse struct {
	SMS     *string `json:"smsMessage"`
	Email   *string `json:"emailMessage"`
	Subject *string `json:"emailSubject"`
}

var errTooLong = errors.New("a text of a message is too long")

func (r messageResponse) wording(m Message) (w Wording, err error) {
	text := func(given *string, longest int) string {
		if given == nil {
			return ""
		}
		if utf8.RuneCountInString(*given) > longest {
			err = ErrOutput.Because(errTooLong)
		}
		return *given
	}
	usable := func(t string) string {
		switch {
		case m.Link && !strings.Contains(t, "{##"), !m.Link && !strings.Contains(t, codePlaceholder), m.Invitation && !strings.Contains(t, namePlaceholder):
			return ""
		}
		return t
	}
	w = Wording{SMS: usable(text(r.SMS, maxSMS)), Email: usable(text(r.Email, maxEmail)), Subject: text(r.Subject, maxSubject)}
	return w, err
}
