package account

import (
	"context"
	"errors"
	"strings"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/message"
)

// noticesAnHour is how many notices a user gets in an hour: who is signed in can turn
// a factor off and on again as often as they like.
const noticesAnHour = 5

// gained has how a notice names a factor.
var gained = map[string]string{
	user.WebAuthn:         "A passkey",
	user.SoftwareTokenMFA: "An authenticator app",
	user.SMSMFA:           "Codes by SMS to your phone number",
	user.EmailOTP:         "Codes by e-mail to your address",
}

var standardNotice = userpool.Template{
	EmailSubject: "A new way to sign in to your account",
	EmailMessage: "<p>This was added to your account {username}:</p>{####}<p>If it was not you, somebody else can sign in to your account: tell the people who run it. A new password alone does not remove what was added.</p>",
}

// TellGained tells a user by e-mail, in the background, that the account has a
// further factor. A user without a verified address is not told. Where a function
// of the pool sends the codes, the notice still comes from this installation:
// Cognito has none that a function could know.
func (e *Engine) TellGained(ctx context.Context, u *user.User, factors []string) {
	if !u.Verified("email") {
		return
	}
	draft := &message.Message{Medium: message.Email, Pool: string(u.Pool), Username: u.Username, Purpose: "factor_notice", To: u.Attributes["email"], Sent: e.Now()}
	e.Messages.SendLater(ctx, draft, func(ctx context.Context) (*message.Message, error) {
		p, err := e.Pools.Pool(ctx, u.Pool)
		if err != nil {
			return nil, err
		}
		err = e.Credentials.Hourly(ctx, u.Pool, "factor-notice:"+credential.Subject(p, u, ""), noticesAnHour)
		if errors.Is(err, credential.ErrAttemptLimit) {
			return nil, nil
		}
		return e.gainedNotice(p, u, *draft, factors), err
	})
}

func (e *Engine) gainedNotice(p *userpool.Pool, u *user.User, m message.Message, factors []string) *message.Message {
	var list strings.Builder
	for _, f := range factors {
		list.WriteString("<p><strong>" + gained[f] + "</strong></p>")
	}
	values := message.Values{Username: u.DisplayName(p)}
	m.Sender, m.HTML, m.Subject = senderOf(&p.Settings.Email), true, message.Subject(standardNotice.EmailSubject, values)
	m.Body = seal.Secret(message.HTML(strings.Replace(standardNotice.EmailMessage, "{####}", list.String(), 1), values))
	return &m
}
