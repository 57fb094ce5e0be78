package account

import (
	"context"
	"errors"
	"fmt"
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
	user.RecoveryCode:     "New recovery codes",
}

var standardNotice = userpool.Template{
	EmailSubject: "A new way to sign in to your account",
	EmailMessage: "<p>This was added to your account {username}:</p>{####}<p>If it was not you, somebody else can sign in to your account: tell the people who run it. A new password alone does not remove what was added.</p>",
}

var standardRecovered = userpool.Template{
	EmailSubject: "A recovery code of your account was used",
	EmailMessage: "<p>Somebody has signed in to your account {username} with one of its recovery codes. {####}</p><p>If it was not you, somebody knows your password and your codes: choose another password, make new codes, and tell the people who run the account.</p>",
}

var standardReaddressed = userpool.Template{
	EmailSubject: "The e-mail address of your account was changed",
	EmailMessage: "<p>The account whose e-mail address this was has another one now, or none.</p><p>If it was not you who changed it, somebody else can get into your account: tell the people who run it.</p>",
}

// TellRecovered tells a user by e-mail, in the background, that one of the recovery
// codes was used, and how many are left. A user without a verified address is not
// told.
func (e *Engine) TellRecovered(ctx context.Context, u *user.User, left int) {
	words := fmt.Sprintf("%d of them are left.", left)
	switch left {
	case 0:
		words = "None of them is left."
	case 1:
		words = "One of them is left."
	}
	e.tellLater(ctx, u, "recovery_code_notice", standardRecovered, words)
}

// TellGained tells a user by e-mail, in the background, that the account has a
// further factor. A user without a verified address is not told. Where a function
// of the pool sends the codes, the notice still comes from this installation:
// Cognito has none that a function could know.
func (e *Engine) TellGained(ctx context.Context, u *user.User, factors []string) {
	var list strings.Builder
	for _, f := range factors {
		list.WriteString("<p><strong>" + gained[f] + "</strong></p>")
	}
	e.tellLater(ctx, u, "factor_notice", standardNotice, list.String())
}

// TellReaddressed tells the former e-mail address of a user, in the background, that it is
// that of the account no more. It names neither the new address nor
// the account, whose name may be that address: whoever reads mail there may be somebody
// else by now.
func (e *Engine) TellReaddressed(ctx context.Context, u *user.User, former string) {
	e.tellAt(ctx, u, former, "address_notice", standardReaddressed, "")
}

// tellLater sends a notice to the user's verified address, with what stands for the code
// in its text.
func (e *Engine) tellLater(ctx context.Context, u *user.User, purpose string, text userpool.Template, what string) {
	if u.Verified("email") {
		e.tellAt(ctx, u, u.Attributes["email"], purpose, text, what)
	}
}

func (e *Engine) tellAt(ctx context.Context, u *user.User, to, purpose string, text userpool.Template, what string) {
	draft := &message.Message{Medium: message.Email, Pool: string(u.Pool), Username: u.Username, Purpose: purpose, To: to, Sent: e.Now()}
	e.Messages.SendLater(ctx, draft, func(ctx context.Context) (*message.Message, error) {
		p, err := e.Pools.Pool(ctx, u.Pool)
		if err != nil {
			return nil, err
		}
		err = e.Credentials.Hourly(ctx, u.Pool, strings.ReplaceAll(purpose, "_", "-")+":"+credential.Subject(p, u, ""), noticesAnHour)
		if errors.Is(err, credential.ErrAttemptLimit) {
			return nil, nil
		}
		return notice(p, u, *draft, text, what), err
	})
}

func notice(p *userpool.Pool, u *user.User, m message.Message, text userpool.Template, what string) *message.Message {
	values := message.Values{Username: u.DisplayName(p)}
	m.Sender, m.HTML, m.Subject = senderOf(&p.Settings.Email), true, message.Subject(text.EmailSubject, values)
	m.Body = seal.Secret(message.HTML(strings.Replace(text.EmailMessage, "{####}", what, 1), values))
	return &m
}
