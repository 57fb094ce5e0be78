package user

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/userpool"
)

// Errors of identities.
var (
	ErrIdentity          = fault.New(fault.Invalid, "identity_invalid", "The identity cannot be linked.")
	ErrIdentityTaken     = fault.New(fault.Invalid, "identity_taken", "The identity is linked already.")
	ErrTooManyIdentities = fault.New(fault.Throttled, "identities_many", "A user may have at most 5 linked identities.")
)

// MaxIdentities is how many identities a user may have, and by how many different
// attributes a provider's identities may be linked. Cognito: quotas.
const MaxIdentities = 5

// SubjectAttribute stands for the claim by which a provider names its users.
const SubjectAttribute = "Cognito_Subject"

// maxIdentity is how long the value of an identity may be, as that of an attribute.
const maxIdentity = 2048

// Identity is a user as an identity provider of the pool knows it.
type Identity struct {
	Pool      userpool.PoolID
	Provider  string
	Type      string // the provider's
	Attribute string // by which the provider's users are compared: SubjectAttribute, or one that is mapped
	Value     string
	Sub       Sub
	Primary   bool // the user was made when it first signed in there
	Linked    time.Time
}

// IdentityStore keeps the identities of users. Every method is one transaction.
type IdentityStore interface {
	// LinkIdentity adds an identity to the user whom it names, and changes the user.
	// It fails with ErrUserNotFound, userpool.ErrProviderNotFound, ErrIdentityTaken
	// and, beyond [MaxIdentities], with ErrTooManyIdentities.
	LinkIdentity(ctx context.Context, i *Identity, change Change) error
	// UnlinkIdentity takes an identity away and tells change whether it was the
	// last of its user. ErrUserNotFound if nobody has it.
	UnlinkIdentity(ctx context.Context, i *Identity, change func(last bool) Change) error
	// Identity fails with ErrUserNotFound if nobody has it.
	Identity(ctx context.Context, pool userpool.PoolID, provider, attribute, value string) (*Identity, error)
	// Identities returns those of some users, the oldest first.
	Identities(ctx context.Context, pool userpool.PoolID, subs []Sub) ([]*Identity, error)
}

// ReadIdentities sets the identities of users of one pool. It asks the store only
// if one of them has identities.
func (e *Engine) ReadIdentities(ctx context.Context, users ...*User) error {
	byID := map[Sub]*User{}
	for _, u := range users {
		if u.Security.Linked {
			byID[u.Sub] = u
		}
	}
	if len(byID) == 0 {
		return nil
	}
	var subs []Sub
	for sub := range byID {
		subs = append(subs, sub)
	}
	slices.Sort(subs)
	rows, err := e.store.Identities(ctx, byID[subs[0]].Pool, subs)
	if err != nil {
		return err
	}
	for _, u := range byID {
		u.Identities = nil
	}
	for _, i := range rows {
		u := byID[i.Sub]
		u.Identities = append(u.Identities, i)
	}
	return nil
}

// LinkIdentity lets a user of a provider sign in as u.
// Cognito: AdminLinkProviderForUser. ErrIdentity, ErrIdentityTaken,
// ErrTooManyIdentities, ErrUserNotFound, userpool.ErrProviderNotFound.
func (e *Engine) LinkIdentity(ctx context.Context, p *userpool.Pool, u *User, provider *userpool.Provider, attribute, value string) error {
	if err := checkLink(provider, attribute, value); err != nil {
		return err
	}
	if err := e.checkSource(ctx, p, u, provider, attribute, value); err != nil {
		return err
	}
	i := &Identity{Pool: p.ID, Provider: provider.Name, Type: provider.Type, Attribute: attribute, Value: value, Sub: u.Sub, Linked: e.now()}
	return e.store.LinkIdentity(ctx, i, e.Indexed(p, Change{Apply: func(u *User) error {
		u.Security.Linked = true
		return checkMutable(p, u)
	}}))
}

// checkLink checks by what an identity is recognised.
func checkLink(provider *userpool.Provider, attribute, value string) error {
	if value == "" || len(value) > maxIdentity {
		return ErrIdentity.Saying("SourceUser needs a ProviderAttributeValue of at most %d bytes.", maxIdentity)
	}
	_, mapped := provider.Settings.Attributes[attribute]
	general := provider.Type == userpool.ProviderOIDC || provider.Type == userpool.ProviderSAML
	if attribute != SubjectAttribute && !(general && mapped) {
		return ErrIdentity.Saying("The ProviderAttributeName of SourceUser must be %s, or for SAML and OIDC an attribute that is mapped.", SubjectAttribute)
	}
	return nil
}

const cannotMerge = "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link"

// checkSource checks that nobody signed in yet with the identity that is to be
// linked to u.
func (e *Engine) checkSource(ctx context.Context, p *userpool.Pool, u *User, provider *userpool.Provider, attribute, value string) error {
	held, err := e.store.Identity(ctx, p.ID, provider.Name, attribute, value)
	switch {
	case errors.Is(err, ErrUserNotFound):
		return nil
	case err != nil:
		return err
	case held.Sub == u.Sub:
		return ErrIdentityTaken.Saying("SourceUser is already linked to DestinationUser")
	}
	return ErrIdentityTaken.Saying(cannotMerge)
}

// Federated returns the user whom a provider's user became at its first sign-in.
// The identity says who that is, never the name "provider_subject": anybody can sign
// up under it. ErrUserNotFound.
func (e *Engine) Federated(ctx context.Context, p *userpool.Pool, provider, subject string) (*User, error) {
	i, err := e.store.Identity(ctx, p.ID, provider, SubjectAttribute, subject)
	if err == nil && !i.Primary {
		err = ErrUserNotFound
	}
	if err != nil {
		return nil, err
	}
	return e.User(ctx, p.ID, i.Sub)
}

// checkMutable refuses a user with an attribute that a sign-in at the provider
// could not write. Cognito: "Linking federated users".
func checkMutable(p *userpool.Pool, u *User) error {
	for _, a := range p.Attributes() {
		if a.Name != "sub" && !a.Mutable && u.Attributes[a.Name] != "" {
			return ErrIdentity.Saying("user.%s: Attribute cannot be updated.", a.Name)
		}
	}
	return nil
}

// UnlinkIdentity takes an identity away from its user.
// Cognito: AdminDisableProviderForUser. ErrUserNotFound if nobody has it.
func (e *Engine) UnlinkIdentity(ctx context.Context, p *userpool.Pool, provider, attribute, value string) error {
	i := &Identity{Pool: p.ID, Provider: provider, Attribute: attribute, Value: value}
	return e.store.UnlinkIdentity(ctx, i, func(last bool) Change {
		return e.Indexed(p, Change{Apply: func(u *User) error {
			u.Security.Linked = !last
			return nil
		}})
	})
}

// identitiesText returns the attribute identities, or "".
func (u *User) identitiesText() string {
	if len(u.Identities) == 0 {
		return ""
	}
	type entry struct {
		UserID   string  `json:"userId"`
		Provider string  `json:"providerName"`
		Type     string  `json:"providerType"`
		Issuer   *string `json:"issuer"`
		Primary  bool    `json:"primary"`
		Linked   int64   `json:"dateCreated"`
	}
	var list []entry
	for _, i := range u.Identities {
		list = append(list, entry{UserID: i.Value, Provider: i.Provider, Type: i.Type, Primary: i.Primary, Linked: i.Linked.UnixMilli()})
	}
	b, err := json.Marshal(list)
	if err != nil {
		panic(err) // texts, numbers and booleans always encode
	}
	return string(b)
}
