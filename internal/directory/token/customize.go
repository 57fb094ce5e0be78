package token

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"gatehouse/internal/directory/trigger"
	"gatehouse/internal/directory/user"
)

// membership is what tokens say of groups and roles.
type membership struct {
	groups, roles []string
	preferred     string
}

func membershipOf(groups []*user.Group) membership {
	return membership{groupNames(groups), roles(groups), user.PreferredRole(groups)}
}

// customize asks the pool's function how the tokens should differ. It calls it
// before anything is signed or saved.
func (e *Engine) customize(ctx context.Context, i *issuance) (err error) {
	i.member, i.scopes = membershipOf(i.groups), i.grant.Scopes
	o := trigger.Occasion{Pool: i.pool, Client: i.client.ID, Metadata: i.metadata}
	i.changes, err = e.triggers.PreToken(ctx, o, trigger.TokenEvent{Source: i.source, User: i.user, Groups: i.groups, Scopes: i.scopes})
	if err != nil {
		return err
	}
	if g := i.changes.Groups; g != nil {
		i.member = membership{groups: g.Groups, roles: g.Roles}
		if g.PreferredRole != nil {
			i.member.preferred = *g.PreferredRole
		}
	}
	i.scopes = changedScopes(i.scopes, i.changes)
	return nil
}

// changedScopes adds scopes and takes scopes away. A scope that is added and
// dropped is dropped.
func changedScopes(scopes []string, c trigger.TokenChanges) []string {
	scopes = slices.Clone(scopes)
	for _, s := range c.AddScopes {
		if !contains(scopes, s) {
			scopes = append(scopes, s)
		}
	}
	return slices.DeleteFunc(scopes, func(s string) bool { return contains(c.DropScopes, s) })
}

var errClaimType = errors.New("the function gave a claim a value of a type that it cannot have")

// protected are the claims that no function changes. Cognito: "Pre token
// generation Lambda trigger", "Claims and scopes reference".
var protected = []string{
	"acr", "amr", "at_hash", "aud", "auth_time", "azp", "client_id", "device_key", "event_id", "exp", "iat", "identities", "iss",
	"jti", "nbf", "nonce", "origin_jti", "sub", "token_use", "username", "version",
}

// mayChange reports whether a function may set or drop a claim.
func mayChange(name string) bool {
	if strings.HasPrefix(name, "cognito:") {
		return name == "cognito:groups" || name == "cognito:roles" || name == "cognito:preferred_role"
	}
	return name != "" && !slices.Contains(protected, name)
}

// changeID applies what a function wants of an ID token. An attempt to change
// what is protected is ignored.
func (i *issuance) changeID(c Claims) (Claims, error) {
	for _, set := range i.changes.ID.Set {
		if !mayChange(set.Name) || strings.HasPrefix(set.Name, "dev:") {
			continue
		}
		value, err := idClaimValue(set)
		if err != nil {
			return nil, err
		}
		c.set(set.Name, value)
	}
	return c.without(i.changes.ID.Drop), nil
}

// changeAccess applies what a function wants of an access token. The audience may
// be set to the app client alone.
func (i *issuance) changeAccess(c Claims) (Claims, error) {
	for _, set := range i.changes.Access.Set {
		var text string
		isText := json.Unmarshal(set.Value, &text) == nil
		switch {
		case set.Name == "scope" && !isText:
			return nil, trigger.ErrOutput.Because(errClaimType)
		case set.Name == "aud" && text == string(i.client.ID), mayChange(set.Name):
			c.set(set.Name, set.Value)
		}
	}
	return c.without(i.changes.Access.Drop), nil
}

// idClaimValue returns the value of a claim that a function sets in an ID token.
// The claims with a type of their own keep it.
func idClaimValue(set trigger.Claim) (any, error) {
	switch set.Name {
	case "email_verified", "phone_number_verified", "updated_at", "address":
	default:
		return set.Value, nil
	}
	if set.Value[0] == '{' || set.Value[0] == '[' {
		return nil, trigger.ErrOutput.Because(errClaimType)
	}
	var text string
	if json.Unmarshal(set.Value, &text) == nil {
		return idValue(set.Name, text), nil
	}
	return set.Value, nil
}

// set gives a claim a value. A new claim comes last.
func (c *Claims) set(name string, value any) {
	for i := range *c {
		if (*c)[i].Name == name {
			(*c)[i].Value = value
			return
		}
	}
	c.add(name, value)
}

// without returns the claims that are not dropped. Roles go with the groups.
func (c Claims) without(drop []string) Claims {
	return slices.DeleteFunc(c, func(claim Claim) bool {
		if claim.Name == "cognito:roles" || claim.Name == "cognito:preferred_role" {
			return slices.Contains(drop, claim.Name) || slices.Contains(drop, "cognito:groups")
		}
		return mayChange(claim.Name) && slices.Contains(drop, claim.Name)
	})
}
