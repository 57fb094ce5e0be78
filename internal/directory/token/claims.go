package token

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/directory/user"
)

// Claim is one member of a token or of userInfo.
type Claim struct {
	Name  string
	Value any
}

// Claims are members in a fixed order: the same claims make the same bytes.
type Claims []Claim

// MarshalJSON writes an object with the claims in their order.
func (c Claims) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, claim := range c {
		b.WriteByte("{,"[min(i, 1)])
		name, err := json.Marshal(claim.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(claim.Value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	if len(c) == 0 {
		b.WriteByte('{')
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func (c *Claims) add(name string, value any) { *c = append(*c, Claim{name, value}) }

// addIf adds a claim unless its value is empty.
func (c *Claims) addIf(name, value string) {
	if value != "" {
		c.add(name, value)
	}
}

func (c *Claims) addList(name string, values []string) {
	if len(values) > 0 {
		c.add(name, values)
	}
}

// addIdentities adds the claim identities. In it, unlike in the attribute, all values
// are texts. Cognito: "Linking federated users".
func (c *Claims) addIdentities(list []*user.Identity) {
	var entries []Claims
	for _, i := range list {
		entries = append(entries, Claims{
			{"dateCreated", strconv.FormatInt(i.Linked.UnixMilli(), 10)}, {"userId", i.Value}, {"providerName", i.Provider}, {"providerType", i.Type},
			{"issuer", nil}, {"primary", strconv.FormatBool(i.Primary)},
		})
	}
	if len(entries) > 0 {
		c.add("identities", entries)
	}
}

func (c *Claims) addTime(name string, t time.Time) { c.add(name, t.Unix()) }

// idClaims returns the claims of an ID token. access is the access token of the
// same answer. Cognito: "Understanding the identity (ID) token".
func (i *issuance) idClaims(access string) Claims {
	var c Claims
	attributes := i.attributes()
	if i.grant.Source == SourceOAuth {
		c.add("at_hash", atHash(access))
	}
	c.add("sub", string(i.user.Sub))
	c.addList("cognito:groups", i.member.groups)
	attributes.move(&c, "email_verified")
	c.addIdentities(i.user.Identities)
	c.addIf("cognito:preferred_role", i.member.preferred)
	c.add("iss", i.issuer)
	attributes.move(&c, "phone_number_verified")
	c.add("cognito:username", i.user.Username)
	c.addIf("nonce", i.nonce)
	if i.revocable() {
		c.add("origin_jti", string(i.grant.ID))
	}
	c.addList("cognito:roles", i.member.roles)
	c.add("aud", string(i.client.ID))
	c.add("event_id", i.grant.EventID)
	c.add("token_use", "id")
	c.addTime("auth_time", i.grant.AuthTime)
	i.grant.Proof.add(&c)
	c.addTime("exp", i.now.Add(i.client.IDTokenLife()))
	c.addTime("iat", i.now)
	if i.revocable() {
		c.add("jti", i.idJTI)
	}
	return append(c, attributes...)
}

// accessClaims returns the claims of a user's access token.
// Cognito: "Understanding the access token".
func (i *issuance) accessClaims() Claims {
	var c Claims
	c.add("sub", string(i.user.Sub))
	c.addIf("device_key", string(i.grant.DeviceKey))
	c.addList("cognito:groups", i.member.groups)
	c.add("iss", i.issuer)
	if i.grant.Source == SourceOAuth {
		c.add("version", 2)
	}
	c.add("client_id", string(i.client.ID))
	c.addIf("aud", i.grant.Resource)
	if i.revocable() {
		c.add("origin_jti", string(i.grant.ID))
	}
	c.add("event_id", i.grant.EventID)
	c.add("token_use", "access")
	c.add("scope", strings.Join(i.scopes, " "))
	c.addTime("auth_time", i.grant.AuthTime)
	i.grant.Proof.add(&c)
	c.addTime("exp", i.now.Add(i.client.AccessTokenLife()))
	c.addTime("iat", i.now)
	c.add("jti", i.accessJTI)
	c.add("username", i.user.Username)
	return c
}

// machineClaims returns the claims of a client-credentials token. It has no user
// and no grant; its subject is the client.
func (i *issuance) machineClaims() Claims {
	var c Claims
	c.add("sub", string(i.client.ID))
	c.add("token_use", "access")
	c.add("scope", strings.Join(i.scopes, " "))
	c.addTime("auth_time", i.now)
	c.add("iss", i.issuer)
	c.addTime("exp", i.now.Add(i.client.AccessTokenLife()))
	c.addTime("iat", i.now)
	c.add("version", 2)
	c.add("jti", i.accessJTI)
	c.add("client_id", string(i.client.ID))
	return c
}

// revocable reports whether the tokens name their grant.
// Cognito: "Revoking tokens", EnableTokenRevocation; and refresh token rotation.
func (i *issuance) revocable() bool {
	return !i.client.Settings.RevocationOff || i.client.RotatesRefresh()
}

func groupNames(groups []*user.Group) []string {
	var names []string
	for _, g := range groups {
		names = append(names, g.Name)
	}
	return names
}

func roles(groups []*user.Group) []string {
	var roles []string
	for _, g := range groups {
		if g.RoleARN != "" && !contains(roles, g.RoleARN) {
			roles = append(roles, g.RoleARN)
		}
	}
	return roles
}
