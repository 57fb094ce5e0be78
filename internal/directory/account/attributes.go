package account

import (
	"context"
	"errors"
	"maps"
	"slices"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// SetAttributes writes attributes of a user for an administrator. An empty value
// removes an attribute. A new e-mail address or phone number that the pool
// verifies gets a code, unless the changes verify it; the code is sent in the
// background.
func (e *Engine) SetAttributes(ctx context.Context, p *userpool.Pool, name string, changes, metadata map[string]string) error {
	u, err := e.Users.Find(ctx, p, name)
	if err != nil {
		return err
	}
	_, err = e.setAttributes(ctx, trigger.Occasion{Pool: p, Metadata: metadata}, u, changes, true)
	return err
}

// SetOwnAttributes writes attributes of a user who asks for it through the client.
// An empty value removes an attribute. A new e-mail address or phone number that
// the pool verifies gets a code; the deliveries say where. Errors:
// user.ErrUnwritable, user.ErrAttributes, user.ErrAliasExists,
// credential.ErrAttemptLimit. With ErrDelivery the attributes are written.
func (e *Engine) SetOwnAttributes(ctx context.Context, p *userpool.Pool, c *userpool.Client, u *user.User, changes, metadata map[string]string) ([]*Delivery, error) {
	if err := user.CheckOwnWords(p, c, changes); err != nil {
		return nil, err
	}
	if err := user.CheckOwnChanges(p, u, changes); err != nil {
		return nil, err
	}
	if asksForCode(p, u, changes) {
		if err := e.Credentials.Hourly(ctx, p.ID, "contact:"+credential.Subject(p, u, ""), contactsAnHour); err != nil {
			return nil, err
		}
	}
	return e.setAttributes(ctx, trigger.Occasion{Pool: p, Client: c.ID, Metadata: metadata}, u, changes, false)
}

// asksForCode reports whether changes have a value that the user must verify.
func asksForCode(p *userpool.Pool, u *user.User, changes map[string]string) bool {
	return slices.ContainsFunc(autoVerified(p), func(contact string) bool {
		value := changes[contact]
		return value != "" && value != u.ToVerify(contact)
	})
}

// setAttributes writes attributes and sends a code to each contact that is new and
// that the pool verifies. It tries to send all of them before it returns an error.
func (e *Engine) setAttributes(ctx context.Context, o trigger.Occasion, u *user.User, changes map[string]string, hidden bool) (deliveries []*Delivery, err error) {
	p := o.Pool
	var unproved []string
	u, err = e.update(ctx, p, u, func(u *user.User) error {
		before := *u
		before.Attributes = maps.Clone(u.Attributes)
		err := user.SetAttributes(p, u, changes)
		unproved = newContacts(p, &before, u)
		return err
	})
	if err != nil {
		return nil, err
	}
	var failed []error
	for _, contact := range unproved {
		d, err := e.sendCode(ctx, o, u, verification(p, updateMessage, verifying(contact), contact), hidden)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		deliveries = append(deliveries, d)
	}
	return deliveries, errors.Join(failed...)
}

// newContacts returns the contacts whose value after a change must be verified and
// was another one before.
func newContacts(p *userpool.Pool, before, after *user.User) []string {
	return slices.DeleteFunc(autoVerified(p), func(contact string) bool {
		value := after.ToVerify(contact)
		proved := after.Verified(contact) && value == after.Attributes[contact]
		return value == "" || proved || value == before.ToVerify(contact)
	})
}

func verifying(contact string) credential.Purpose {
	return credential.VerifyPrefix + credential.Purpose(contact)
}

// SendVerification sends a user a code that verifies its e-mail address or phone
// number: the new value that waits for that, or else the present one. Errors:
// ErrNotVerifiable, ErrNoContact, credential.ErrAttemptLimit, ErrDelivery.
func (e *Engine) SendVerification(ctx context.Context, o trigger.Occasion, u *user.User, contact string) (*Delivery, error) {
	p := o.Pool
	switch {
	case !slices.Contains(user.Contacts(), contact):
		return nil, ErrNotVerifiable
	case u.ToVerify(contact) == "":
		return nil, ErrNoContact.Saying("The user has no %s.", contact)
	}
	if err := e.Credentials.Hourly(ctx, p.ID, "verify:"+credential.Subject(p, u, ""), verifiesAnHour); err != nil {
		return nil, err
	}
	return e.sendCode(ctx, o, u, verification(p, verifyMessage, verifying(contact), contact), false)
}

// SendPendingCode sends a code to a user's new e-mail address or phone number, which
// replaces the present one when the user enters the code. The code is sent in the
// background.
func (e *Engine) SendPendingCode(ctx context.Context, o trigger.Occasion, u *user.User, contact string) error {
	_, err := e.sendCode(ctx, o, u, verification(o.Pool, updateMessage, verifying(contact), contact), true)
	return err
}

// VerifyContact marks a user's e-mail address or phone number as verified if the
// code is right, and puts a value that waited for that in its place. A verified
// alias is taken from another user who has it. Errors: ErrNotVerifiable,
// credential.ErrCodeMismatch, credential.ErrCodeExpired, credential.ErrAttemptLimit,
// user.ErrAliasExists if the other user's username is the value.
func (e *Engine) VerifyContact(ctx context.Context, p *userpool.Pool, u *user.User, contact string, code seal.Secret) error {
	if !slices.Contains(user.Contacts(), contact) {
		return ErrNotVerifiable
	}
	change := user.Change{TakeAliases: p.AliasIs(contact)}
	_, err := e.Credentials.Redeem(ctx, p, u, verifying(contact), code, change, func(u *user.User, sentTo string) error {
		u.Verify(sentTo)
		return nil
	})
	return err
}
