package account

import (
	"context"

	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/message"
)

// customSender is the trigger whose function sends to an attribute.
var customSender = map[string]userpool.Trigger{
	"email":        userpool.TriggerCustomEmailSender,
	"phone_number": userpool.TriggerCustomSMSSender,
}

// leaveToFunction has the pool's function send a letter, in the background: its
// error changes no answer. Only the code goes to the function, so that nobody is
// asked for words. The letter in the pool's own words is kept for the operator if the
// function can't be called. Cognito: "Custom sender Lambda triggers".
func (e *Engine) leaveToFunction(ctx context.Context, o trigger.Occasion, u *user.User, l letter) {
	m := e.compose(o.Pool, u, l)
	parcel := trigger.Parcel{Trigger: customSender[l.attribute], Kind: l.kind, User: u, Attribute: l.attribute, To: m.To, Code: l.code, Invitation: l.kind == invitationMessage}
	m.Via = trigger.Sending(func(work context.Context) error { return e.Triggers.Send(trigger.Onward(ctx, work), o, parcel) })
	e.Messages.SendLater(ctx, m, func(context.Context) (*message.Message, error) { return m, nil })
}
