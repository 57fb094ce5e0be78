package token

import (
	"slices"
	"strconv"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// ErrScopeUnreadable means that a granted scope covers attributes that the app
// client may not read.
var ErrScopeUnreadable = fault.New(fault.Denied, "scope_unreadable", "The app client may not read every attribute of a granted scope.")

// Scopes of OpenID Connect (Core §5.4).
const (
	scopeOpenID  = "openid"
	scopeEmail   = "email"
	scopePhone   = "phone"
	scopeProfile = "profile"
)

var (
	emailAttributes   = []string{"email", "email_verified"}
	phoneAttributes   = []string{"phone_number", "phone_number_verified"}
	profileAttributes = []string{
		"name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile",
		"picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at",
	}
)

// covers reports whether the scopes allow the attribute in a token. openid
// without email, phone and profile allows all attributes.
// Cognito: "Scopes, M2M, and resource servers".
func covers(scopes []string, attribute string) bool {
	email, phone, profile := contains(scopes, scopeEmail), contains(scopes, scopePhone), contains(scopes, scopeProfile)
	switch {
	case !email && !phone && !profile:
		return contains(scopes, scopeOpenID)
	case email && contains(emailAttributes, attribute), phone && contains(phoneAttributes, attribute):
		return true
	}
	return profile && (contains(profileAttributes, attribute) || strings.HasPrefix(attribute, "custom:"))
}

// checkReadable returns ErrScopeUnreadable if the client may not read all
// attributes of a scope. profile is an exception: a token has those of its
// attributes that the client may read.
func checkReadable(client *userpool.Client, scopes []string) error {
	for scope, attributes := range map[string][]string{scopeEmail: emailAttributes, scopePhone: phoneAttributes} {
		hidden := func(a string) bool { return !client.MayRead(a) }
		if contains(scopes, scope) && slices.ContainsFunc(attributes, hidden) {
			return ErrScopeUnreadable
		}
	}
	return nil
}

// attributes returns the user's attributes for the ID token, in the order of the
// schema.
func (i *issuance) attributes() Claims {
	open := func(string) bool { return true }
	if i.grant.Source == SourceOAuth {
		open = func(name string) bool { return covers(i.grant.Scopes, name) }
	}
	var c Claims
	for name, value := range eachReadable(i.pool, i.client, i.user) {
		if open(name) {
			c.add(name, idValue(name, value))
		}
	}
	return c
}

// eachReadable calls a function with each attribute that the user has and the
// client sees, except the sub.
func eachReadable(p *userpool.Pool, client *userpool.Client, u *user.User) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		for _, a := range p.Attributes() {
			value := u.Attributes[a.Name]
			if a.Name == "sub" || value == "" || !u.ShownTo(client, a.Name) {
				continue
			}
			if !yield(a.Name, value) {
				return
			}
		}
	}
}

// idValue returns the value of an attribute with its type in the ID token. Custom
// attributes are texts, whatever their type in the schema is.
func idValue(name, value string) any {
	switch {
	case userpool.IsVerifiedFlag(name):
		return strings.EqualFold(value, "true")
	case name == "updated_at":
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			return n
		}
	case name == "address": // OpenID Connect Core §5.1.1
		return map[string]string{"formatted": value}
	}
	return value
}

// move moves the claim with that name from c to to.
func (c *Claims) move(to *Claims, name string) {
	i := slices.IndexFunc(*c, func(claim Claim) bool { return claim.Name == name })
	if i < 0 {
		return
	}
	*to = append(*to, (*c)[i])
	*c = slices.Delete(*c, i, i+1)
}

// UserInfo returns the claims of the userInfo endpoint for an access token of an
// OAuth sign-in with the scope openid. Every value is a text, also those of the
// verified flags. Cognito: "The userInfo endpoint".
func (a *Access) UserInfo() Claims {
	c := Claims{{"sub", string(a.User.Sub)}}
	for name, value := range eachReadable(a.Pool, a.Client, a.User) {
		if covers(a.Scopes, name) {
			c.add(name, value)
		}
	}
	return append(c, Claim{"username", a.User.Username})
}
