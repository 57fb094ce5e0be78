package accessapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/access"
)

// providerType is the one type that is offered.
const providerType = "oidc"

// given is a provider as a request's body has it.
type given struct {
	name   string
	config access.OIDC
}

// reading collects everything that is wrong with a body, by key.
type reading struct {
	texts []string
	bad   map[string]bool
}

func (rd *reading) fault(key, format string, args ...any) {
	rd.texts = append(rd.texts, strings.TrimSpace(key+" "+fmt.Sprintf(format, args...)))
	rd.bad[key] = true
}

// readProvider reads the body of a POST or PUT. Cloudflare Access's keys, in
// any order. What clients send back as they got it (id, read_only, …) is
// passed over; a setting that we would not follow is refused, since taking it
// would promise something. hasSecret: a secret is stored. redirect is our
// callback, id the provider's in the path.
func readProvider(body []byte, id, redirect string, hasSecret bool) (*given, error) {
	rd := &reading{bad: map[string]bool{}}
	members, err := object(body)
	if err != nil {
		return nil, &invalid{[]string{"the body can't be read: " + err.Error()}}
	}
	g := &given{}
	rd.top(members, id)
	rd.text(members, "", "name", &g.name)
	if rd.kind(members) {
		rd.config(members["config"], redirect, g)
		for _, p := range problemsOf(g, hasSecret) {
			if !rd.said(p.Key) {
				rd.texts = append(rd.texts, p.Text)
			}
		}
	}
	if len(rd.texts) > 0 {
		return nil, &invalid{rd.texts}
	}
	return g, nil
}

// problemsOf checks the values of a body whose form is right.
func problemsOf(g *given, hasSecret bool) []access.Problem {
	var stored *access.IdentityProvider
	if hasSecret {
		stored = &access.IdentityProvider{}
	}
	return (&access.Providers{}).Check(&access.IdentityProvider{Name: g.name, Config: g.config}, stored)
}

// said reports whether a key, or what holds it, was found wrong already.
func (rd *reading) said(key string) bool {
	outer, _, inside := strings.Cut(key, ".")
	return rd.bad[key] || inside && rd.bad[outer]
}

// top holds the names of the body against those that it may have.
func (rd *reading) top(members map[string]json.RawMessage, id string) {
	for _, key := range slices.Sorted(maps.Keys(members)) {
		raw := members[key]
		switch key {
		case "name", "type", "config", "read_only":
		case "id", "uid":
			var got string
			if !isNull(raw) && (json.Unmarshal(raw, &got) != nil || got != "" && got != id) {
				rd.fault(key, "is given by the server and can't be chosen")
			}
		case "scim_config":
			rd.scim(raw)
		case "saml_certificate_set_id", "saml_certificate_set":
			if !isNull(raw) {
				rd.fault(key, "is not a setting of the type oidc")
			}
		default:
			rd.fault(fmt.Sprintf("%q", key), "is not known here; the keys are name, type and config")
		}
	}
}

// scim takes a SCIM configuration that asks for nothing.
func (rd *reading) scim(raw json.RawMessage) {
	var scim map[string]any
	if json.Unmarshal(raw, &scim) != nil {
		rd.fault("scim_config", "must be an object")
		return
	}
	for _, key := range []string{"enabled", "user_deprovision", "seat_deprovision", "group_member_deprovision"} {
		if v, there := scim[key]; there && v != false && v != nil {
			rd.fault("scim_config."+key, "must be false: provisioning by SCIM is not offered")
		}
	}
}

// kind reports whether the type is one that is offered: about the settings of
// another there is nothing to say.
func (rd *reading) kind(members map[string]json.RawMessage) bool {
	var kind string
	rd.text(members, "", "type", &kind)
	switch {
	case rd.bad["type"]:
	case kind == "":
		rd.fault("type", "is required; it must be \"oidc\"")
	case kind != providerType:
		rd.fault("type", "%q is not offered; it must be \"oidc\", with which every OpenID Connect provider works", clip(kind))
	default:
		return true
	}
	return false
}

// settings are the keys of config.
const settings = "client_id, client_secret, auth_url, token_url, certs_url, scopes, claims, pkce_enabled and email_claim_name"

func (rd *reading) config(raw json.RawMessage, redirect string, g *given) {
	if raw == nil || isNull(raw) {
		rd.fault("config", "is required")
		return
	}
	members, err := object(raw)
	if err != nil {
		rd.fault("config", "can't be read: %v", err)
		return
	}
	var secret string
	c := &g.config
	for key, into := range map[string]*string{
		"client_id": &c.ClientID, "client_secret": &secret, "auth_url": &c.AuthURL, "token_url": &c.TokenURL,
		"certs_url": &c.CertsURL, "email_claim_name": &c.EmailClaimName,
	} {
		rd.text(members, "config.", key, into)
	}
	c.ClientSecret = seal.Secret(secret)
	rd.value(members, "scopes", "a list of strings", &c.Scopes)
	rd.value(members, "claims", "a list of strings", &c.Claims)
	rd.value(members, "pkce_enabled", "true or false", &c.PKCE)
	rd.unknown(members, redirect)
}

// unknown refuses settings that we would not follow.
func (rd *reading) unknown(members map[string]json.RawMessage, redirect string) {
	for _, key := range slices.Sorted(maps.Keys(members)) {
		switch key {
		case "client_id", "client_secret", "auth_url", "token_url", "certs_url", "email_claim_name", "scopes", "claims", "pkce_enabled":
		case "redirect_url":
			var got string
			if !isNull(members[key]) && (json.Unmarshal(members[key], &got) != nil || got != "" && got != redirect) {
				rd.fault("config.redirect_url", "is given by the server and can't be chosen")
			}
		default:
			rd.fault("config."+clip(key), "is not a setting of the type oidc; the settings are %s", settings)
		}
	}
}

func (rd *reading) text(members map[string]json.RawMessage, prefix, key string, into *string) {
	if raw, there := members[key]; there && !isNull(raw) && json.Unmarshal(raw, into) != nil {
		rd.fault(prefix+key, "must be a string")
	}
}

func (rd *reading) value(members map[string]json.RawMessage, key, what string, into any) {
	if raw, there := members[key]; there && !isNull(raw) && json.Unmarshal(raw, into) != nil {
		rd.fault("config."+key, "must be %s", what)
	}
}

// clip keeps what a caller sent short in what we say about it.
func clip(s string) string { return clipTo(s, 40) }

func clipTo(s string, limit int) string {
	if r := []rune(s); len(r) > limit {
		return string(r[:limit]) + "…"
	}
	return s
}

// providerJSON is a provider in answers. The client secret is never there.
type providerJSON struct {
	ID         string       `json:"id"`
	Name       string       `json:"name"`
	Type       string       `json:"type"`
	Config     configJSON   `json:"config"`
	ReadOnly   bool         `json:"read_only"`
	SCIMConfig scimDisabled `json:"scim_config"`
}

type configJSON struct {
	ClientID       string   `json:"client_id"`
	AuthURL        string   `json:"auth_url"`
	TokenURL       string   `json:"token_url"`
	CertsURL       string   `json:"certs_url"`
	Scopes         []string `json:"scopes,omitempty"`
	Claims         []string `json:"claims,omitempty"`
	PKCEEnabled    bool     `json:"pkce_enabled"`
	EmailClaimName string   `json:"email_claim_name,omitempty"`
	RedirectURL    string   `json:"redirect_url"`
}

type scimDisabled struct {
	Enabled bool `json:"enabled"`
}

func (a *API) providerJSON(p *access.IdentityProvider) providerJSON {
	c := &p.Config
	return providerJSON{
		ID: p.ID, Name: p.Name, Type: providerType, ReadOnly: p.Declared,
		Config: configJSON{
			ClientID: c.ClientID, AuthURL: c.AuthURL, TokenURL: c.TokenURL, CertsURL: c.CertsURL, Scopes: c.Scopes, Claims: c.Claims,
			PKCEEnabled: c.PKCE, EmailClaimName: c.EmailClaimName, RedirectURL: a.team + pathCallback,
		},
	}
}
