package account

import (
	"context"
	"slices"
	"strings"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/message"
)

// Delivery says where a code was sent. The destination is masked: only a person
// who knows it can recognise it.
type Delivery struct {
	Destination string // "a***@e***", "+*******9934"
	Medium      string // EMAIL or SMS
	Attribute   string // email or phone_number
}

// deliveryTo returns the delivery of a message to an attribute.
func deliveryTo(attribute, destination string) *Delivery {
	d := &Delivery{Attribute: attribute, Medium: "EMAIL", Destination: maskEmail(destination)}
	if attribute == "phone_number" {
		d.Medium, d.Destination = "SMS", maskPhone(destination)
	}
	return d
}

// pretendCode returns the delivery of a code that is not sent: for a name that no
// user has, or to u, who may get none. It is the one that every other question about
// the name shows.
func (e *Engine) pretendCode(ctx context.Context, p *userpool.Pool, u *user.User, l letter, name string) (*Delivery, error) {
	if err := e.Credentials.PretendCode(ctx, p, name, l.purpose); err != nil {
		return nil, err
	}
	if u != nil && u.Attributes[l.attribute] != "" {
		return DeliveryTo(u, l.attribute), nil
	}
	return deliveryTo(l.attribute, e.Credentials.NobodysContacts(p, name)[l.attribute]), nil
}

// maskEmail keeps the first letter before and after the @.
func maskEmail(address string) string {
	local, domain, _ := strings.Cut(address, "@")
	return first(local) + "***@" + first(domain) + "***"
}

func first(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

// maskPhone keeps the last four digits.
func maskPhone(number string) string {
	tail := number[max(0, len(number)-4):]
	return "+" + strings.Repeat("*", 7) + tail
}

// letter is a message before it is filled in for its user.
type letter struct {
	kind      string // the end of the source of the event for the pool's function
	purpose   credential.Purpose
	attribute string // to which it goes: email or phone_number
	words     userpool.Template
	code      seal.Secret
	// linkAt is the client at which the link of the words confirms. "": the words
	// have no link.
	linkAt userpool.ClientID
	link   string
}

// send fills in a letter and sends it. ErrDelivery, and the errors of package
// trigger.
func (e *Engine) send(ctx context.Context, o trigger.Occasion, u *user.User, l letter) error {
	m, err := e.write(ctx, o, u, l)
	if err != nil {
		return err
	}
	if err := e.Messages.Send(ctx, m); err != nil {
		return ErrDelivery.Because(err)
	}
	return nil
}

// write fills in a letter in the words of the pool's function. The errors of
// package trigger.
func (e *Engine) write(ctx context.Context, o trigger.Occasion, u *user.User, l letter) (*message.Message, error) {
	if err := e.reword(ctx, o, u, &l); err != nil {
		return nil, err
	}
	return e.compose(o.Pool, u, l), nil
}

// reword asks the pool's function for the words of a letter.
func (e *Engine) reword(ctx context.Context, o trigger.Occasion, u *user.User, l *letter) error {
	w, err := e.Triggers.Message(ctx, o, trigger.Message{Kind: l.kind, User: u, Invitation: l.kind == invitationMessage, Link: l.linkAt != ""})
	if err != nil {
		return err
	}
	words := userpool.Template{EmailSubject: w.Subject, EmailMessage: w.Email, SMSMessage: w.SMS}
	if l.code == "" {
		words = withoutCode(words)
	}
	l.words = wording(words, l.words)
	return nil
}

// The kinds of letters. Cognito: "Custom message Lambda trigger".
const (
	signUpMessage     = "SignUp"
	resendMessage     = "ResendCode"
	invitationMessage = "AdminCreateUser"
	forgotMessage     = "ForgotPassword"
	updateMessage     = "UpdateUserAttribute"
	verifyMessage     = "VerifyUserAttribute"
	signInMessage     = "Authentication"
)

// deliver is send, or, if hidden, sends in the background: a client that hides
// whether users exist must see neither the time that a function or a mail server
// takes nor its error, since nothing is sent for a name that no user has.
//
// Where a function of the pool sends, nobody waits for it either.
func (e *Engine) deliver(ctx context.Context, o trigger.Occasion, u *user.User, l letter, hidden bool) error {
	switch {
	case o.Pool.Has(customSender[l.attribute]):
		e.leaveToFunction(ctx, o, u, l)
		return nil
	case !hidden:
		return e.send(ctx, o, u, l)
	}
	e.Messages.SendLater(ctx, e.compose(o.Pool, u, l), func(work context.Context) (*message.Message, error) {
		return e.write(trigger.Onward(ctx, work), o, u, l)
	})
	return nil
}

// SignInCode is a code with which a user passes a step of signing in.
type SignInCode struct {
	Attribute string // email or phone_number: where the code goes
	Code      seal.Secret
	First     bool // the user has proved nothing yet
	// Hidden: the answer must not depend on the delivery, which only happens if
	// the user exists.
	Hidden bool
}

// SendSignInCode sends a code to one of the user's attributes. ErrDelivery, unless
// the code is hidden.
func (e *Engine) SendSignInCode(ctx context.Context, o trigger.Occasion, u *user.User, c SignInCode) (*Delivery, error) {
	standard := standardSignInCode
	if c.First {
		standard = standardFirstCode
	}
	l := letter{kind: signInMessage, purpose: "sign_in", attribute: c.Attribute, words: wording(o.Pool.Settings.MFA.Message, standard), code: c.Code}
	if err := e.deliver(ctx, o, u, l, c.Hidden); err != nil {
		return nil, err
	}
	return DeliveryTo(u, c.Attribute), nil
}

// DeliveryTo returns the delivery of a message to an attribute of a user.
func DeliveryTo(u *user.User, attribute string) *Delivery {
	return deliveryTo(attribute, u.Attributes[attribute])
}

// compose fills in a letter.
func (e *Engine) compose(p *userpool.Pool, u *user.User, l letter) *message.Message {
	m := &message.Message{Pool: string(p.ID), Username: u.Username, Purpose: string(l.purpose), To: l.purpose.Recipient(u, l.attribute), Sent: e.Now()}
	values := message.Values{Code: l.code.Reveal(), Username: u.DisplayName(p), Link: l.link}
	if l.attribute == "phone_number" {
		m.Sender = smsSenderOf(p)
		m.Medium, m.Body = message.SMS, seal.Secret(message.Text(l.words.SMSMessage, values))
	} else {
		m.Medium, m.HTML = message.Email, true
		m.Sender = senderOf(&p.Settings.Email)
		m.Subject, m.Body = message.Subject(l.words.EmailSubject, values), seal.Secret(message.HTML(l.words.EmailMessage, values))
	}
	return m
}

func smsSenderOf(p *userpool.Pool) message.Identity {
	s := p.Settings.SMS
	if s == nil || s.EUMS == nil {
		return message.Identity{Region: s.SendsFrom()}
	}
	return message.Identity{Texting: &message.Texting{
		Region: p.ID.Region(), Origin: s.EUMS.Origin, ConfigurationSet: s.EUMS.ConfigurationSet, Entity: s.EUMS.Entity, Template: s.EUMS.Template,
	}}
}

func senderOf(s *userpool.EmailSettings) message.Identity {
	return message.Identity{From: s.Sender(), ReplyTo: s.ReplyTo, ARN: s.SourceARN, ConfigurationSet: s.ConfigurationSet}
}

// sendCode makes a code, puts it into the letter and sends that. If hidden, the
// answer does not depend on the delivery.
func (e *Engine) sendCode(ctx context.Context, o trigger.Occasion, u *user.User, l letter, hidden bool) (_ *Delivery, err error) {
	if l.code, err = e.Credentials.NewCode(ctx, u, l.purpose, l.attribute); err != nil {
		return nil, err
	}
	if l.linkAt != "" {
		if l.link, err = e.ConfirmURL(ctx, o.Pool, l.linkAt, u.Username, l.code); err != nil {
			return nil, err
		}
	}
	if err := e.deliver(ctx, o, u, l, hidden); err != nil {
		return nil, err
	}
	return deliveryTo(l.attribute, l.purpose.Recipient(u, l.attribute)), nil
}

// verification returns the letter with a code in the pool's wording.
func verification(p *userpool.Pool, kind string, purpose credential.Purpose, attribute string) letter {
	return letter{kind: kind, purpose: purpose, attribute: attribute, words: wording(p.Settings.Verification, standardVerification)}
}

// confirmationContact returns the attribute to which a sign-up code is sent. The
// phone comes before the e-mail address, as in Cognito when both are verified
// automatically. "": the pool verifies no attribute that the user has.
func confirmationContact(p *userpool.Pool, u *user.User) string {
	for _, a := range autoVerified(p) {
		if u.Attributes[a] != "" {
			return a
		}
	}
	return ""
}

func autoVerified(p *userpool.Pool) []string {
	return slices.DeleteFunc(user.Contacts(), func(a string) bool { return !p.AutoVerifies(a) })
}

// recoveryContact returns the attribute to which a reset code is sent: the first
// verified one in the order of the pool's recovery options. It is never the one to
// which the codes of the user's second factor go: then whoever reads that mailbox
// would have both factors. Errors: ErrAdminRecovery, ErrNoRecovery.
// Cognito: "Adding MFA to a user pool".
func recoveryContact(p *userpool.Pool, u *user.User) (string, error) {
	second := ""
	if factors := user.SecondFactors(p, u); len(factors) == 1 {
		second = user.ContactOf(factors[0])
	}
	for _, a := range p.RecoveryOrder() {
		if a == "admin_only" {
			return "", ErrAdminRecovery
		}
		if u.Verified(a) && a != second {
			return a, nil
		}
	}
	return "", ErrNoRecovery
}

// RecoveryOffered reports whether users of the pool may ask for a reset code.
func RecoveryOffered(p *userpool.Pool) bool {
	return p.RecoveryOrder()[0] != "admin_only"
}

// Recovers reports whether a reset code can reach the users of the pool at all: they may
// ask for one, and something sends messages of a kind that the pool takes.
func (e *Engine) Recovers(p *userpool.Pool) bool {
	return RecoveryOffered(p) && slices.ContainsFunc(p.RecoveryOrder(), func(attribute string) bool {
		return p.Has(customSender[attribute]) || e.sends(mediumOf[attribute])
	})
}

var mediumOf = map[string]message.Medium{"email": message.Email, "phone_number": message.SMS}

// sends reports whether messages of a medium can be sent. A Messenger that does not say
// so sends them all.
func (e *Engine) sends(m message.Medium) bool {
	choosy, ok := e.Messages.(interface{ Sends(m message.Medium) bool })
	return !ok || choosy.Sends(m)
}
