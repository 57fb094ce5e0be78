package risk

import (
	"context"
	"errors"
	"html"
	"strings"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/message"
)

// Notice is how users are told about a sign-in with a risk. Cognito:
// NotifyConfigurationType.
type Notice struct {
	From, ReplyTo, SourceARN string `json:",omitempty"`
	// The words for a sign-in that was blocked, that is asked for a second factor, and
	// that was allowed. nil: our own.
	Blocked, MFA, Allowed *Words `json:",omitempty"`
}

// Words are the text of a notice, with placeholders.
type Words struct {
	Subject    string
	HTML, Text string `json:",omitempty"` // one of them may be empty
}

func (n *Notice) check() error {
	if n == nil {
		return nil
	}
	for _, w := range []*Words{n.Blocked, n.MFA, n.Allowed} {
		if w != nil && w.HTML == "" && w.Text == "" {
			return ErrConfiguration.Saying("A notification message needs an HtmlBody or a TextBody.")
		}
	}
	return n.sender().Check()
}

func (n *Notice) sender() *userpool.EmailSettings {
	return &userpool.EmailSettings{Developer: true, From: n.From, ReplyTo: n.ReplyTo, SourceARN: n.SourceARN}
}

// words returns the text for what was done.
func (n *Notice) words(do string) Words {
	own, standard := n.Allowed, standardAllowed
	switch do {
	case Block:
		own, standard = n.Blocked, standardBlocked
	case MFAIfConfigured:
		own, standard = n.MFA, standardMFA
	}
	if own != nil {
		return *own
	}
	return standard
}

var (
	standardBlocked = standardWords("A sign-in was blocked", "We blocked a sign-in to your account {username}: it came from a device or a place that we do not know.")
	standardMFA     = standardWords("A sign-in from a new device or place", "Somebody signs in to your account {username} from a device or a place that we do not know. We asked for a second proof.")
	standardAllowed = standardWords("A sign-in from a new device or place", "Somebody signed in to your account {username} from a device or a place that we do not know.")
)

func standardWords(subject, what string) Words {
	return Words{Subject: subject, HTML: "<p>" + what + "</p><p>Time: {login-time}<br>Device: {device-name}<br>IP address: {ip-address}<br>Place: {city} {country}</p>" +
		`<p><a href="{one-click-link-valid}">It was me</a></p><p><a href="{one-click-link-invalid}">It was not me</a></p><p>If it was not you, change your password.</p>`}
}

// noticesAnHour is how many notices a user gets in an hour: who knows the password
// can sign in from as many places as they like.
const noticesAnHour = 5

// tell sends the notice of an assessment to the user's verified address, in the
// background. A user without one is not told.
func (e *Engine) tell(ctx context.Context, w *Watch, u *user.User, a *Assessment, do string) {
	n := w.settings.Takeover.Notice
	if n == nil || !u.Verified("email") {
		return
	}
	draft := &message.Message{
		Medium: message.Email, Pool: string(w.pool.ID), Username: u.Username, Purpose: "risk_notice", To: u.Attributes["email"], Sent: w.now,
		Sender: message.Identity{From: n.sender().Sender(), ReplyTo: n.ReplyTo, ARN: n.SourceARN},
	}
	words := n.words(do)
	draft.Subject = message.Subject(words.Subject, message.Values{Username: u.DisplayName(w.pool)})
	request := ctx
	e.messages.SendLater(ctx, draft, func(ctx context.Context) (*message.Message, error) {
		err := e.credentials.Hourly(ctx, w.pool.ID, "risk-notice:"+credential.Subject(w.pool, u, ""), noticesAnHour)
		if errors.Is(err, credential.ErrAttemptLimit) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		values, err := e.values(ctx, w, u, a)
		if err != nil {
			return nil, err
		}
		m := *draft
		if m.HTML = words.HTML != ""; m.HTML {
			m.Body = seal.Secret(fill(words.HTML, values, html.EscapeString))
		} else {
			m.Body = seal.Secret(fill(words.Text, values, func(s string) string { return s }))
		}
		if w.pool.Has(userpool.TriggerCustomEmailSender) {
			o := trigger.Occasion{Pool: w.pool, Client: w.client}
			m.Via = trigger.Sending(func(ctx context.Context) error {
				return e.triggers.Notify(trigger.Onward(request, ctx), o, u, w.facts(values, do))
			})
		}
		return &m, nil
	})
}

// values returns what stands for each placeholder. Cognito: "Message templates".
func (e *Engine) values(ctx context.Context, w *Watch, u *user.User, a *Assessment) (map[string]string, error) {
	x := &Event{Pool: w.pool.ID, Sub: u.Sub, ID: a.Event}
	token, err := e.feedbackToken(x)
	if err != nil {
		return nil, err
	}
	values := map[string]string{
		"username": u.DisplayName(w.pool), "ip-address": w.here.addressText(), "city": w.here.place.City, "country": w.here.place.Country,
		"login-time": w.now.Format(time.RFC1123), "device-name": w.here.device, "event-id": a.Event, "feedback-token": token.Reveal(),
	}
	for name, valid := range map[string]bool{"one-click-link-valid": true, "one-click-link-invalid": false} {
		if values[name], err = e.feedbackURL(ctx, w.pool, FeedbackLink{Username: u.Username, Event: a.Event, Token: token, Valid: valid}); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// facts returns what a function gets that sends a notice: the values, under other
// names. An unknown one is nil. Cognito: a captured event.
func (w *Watch) facts(values map[string]string, do string) map[string]*string {
	facts := map[string]*string{"ACCOUNT_TAKE_OVER_ACTION": &do}
	for name, value := range values {
		name = strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		if facts[name] = &value; value == "" {
			facts[name] = nil
		}
	}
	facts["USER_NAME"] = facts["USERNAME"]
	delete(facts, "USERNAME")
	facts["LOGIN_TIME"] = new(w.now.Format("Monday, January 02, 2006 03:04 PM MST"))
	return facts
}

// fill puts the values into a text, once: a value that looks like a placeholder is
// not replaced again.
func fill(text string, values map[string]string, escape func(string) string) string {
	var pairs []string
	for name, value := range values {
		pairs = append(pairs, "{"+name+"}", escape(value))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
