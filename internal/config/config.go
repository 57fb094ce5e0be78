// Package config is Gatehouse's configuration: the keys that the file and the
// environment may hold, their defaults, and the checks of their values. Package
// settings reads the file.
//
// The keys are the tree of structs under [Config], one file for each section. A
// field's tag names its key and its default; its comment is its documentation.
// docs/configuration.md is generated from both (go generate), so that page and
// code agree. A Pomerium configuration file is a valid file: Pomerium's keys
// stand at the top and in the routes, Gatehouse's own keys beside them. The
// table in foreign.go says what happens to the keys of Pomerium that Gatehouse
// does not have.
//
// [Load] goes through these steps. Each collects its faults and goes on:
//
//	settings ──▶ the file and the environment, decoded into a Config
//	resolve  ──▶ the files that keys name are read
//	complete ──▶ the defaults that depend on other keys are filled in
//	Validate ──▶ each value is checked, alone and together with others
//
// The package does not know Pomerium's policy language: a policy is kept as it
// was decoded, and the package policy compiles it. The caller places a policy's
// faults in the file with [Config.Fault]. Nothing here opens a listener, a
// database or a connection.
package config

import "gatehouse/internal/base/settings"

//go:generate go run ./gen

// Config is the whole configuration. The zero value lacks the defaults and is not
// valid. [Load] makes a Config; from an empty source it makes one that holds
// only defaults. A caller that changes a Config calls [Config.Validate]
// afterwards. A Config in use is never changed: [Watch] delivers a new one.
type Config struct {
	Listener
	ACME
	SignIn
	Providers
	Identity
	Bearer
	ClientCertificates
	Upstreams
	State
	Operation
	LogFields
	Metrics
	Tracing

	// Credentials for `set_request_headers`, each in a file of its own: `${secret.NAME}`
	// there stands for what the file of `secrets.bindings.NAME` holds. The files are looked
	// at every second, so a new credential is sent without a change here. A request
	// that needs a credential which cannot be read gets 503.
	Secrets *Secrets `key:"secrets"`

	// For other proxies that stand before the applications, and ask whether a request may
	// pass: nginx, Traefik, Caddy, Envoy. Left out, nobody can ask.
	ForwardAuth *ForwardAuth `key:"forward_auth"`

	// The directory of this installation: user pools compatible with Amazon
	// Cognito. Left out, Gatehouse serves no directory.
	Directory *Directory `key:"directory"`

	// Sign-in in the way of Cloudflare Access: the team domain and the identity
	// providers behind it. Left out, nothing of Cloudflare's interface is served.
	Access *Access `key:"access"`

	// The older name of `routes`. When both are given, these come first.
	Policy []Route `key:"policy" env:"base64"`

	// The gateway's routes. The first one that fits a request is taken.
	Routes []Route `key:"routes" env:"base64"`

	// TLS holds the certificates of all certificate keys, in the order
	// certificate, certificate_file, certificates. Load fills it in.
	TLS []KeyPair

	// People is set if people sign in with the users of the own directory, because
	// the file names no identity provider. Load fills it in.
	People *People

	// Warnings are sentences for the log: what was accepted and has no effect.
	Warnings []string

	trail settings.Trail
	empty bool // neither the file nor the environment has a key

	fileEmpty bool // the file has no key

	aws AWSEnvironment

	checks []Check // of Load; Watch makes them again

	rulesAlone bool // see LoadRules
}

// AllRoutes returns the routes in the order in which they are tried: those of
// the key policy, then those of the key routes.
func (c *Config) AllRoutes() []*Route {
	all := make([]*Route, 0, len(c.Policy)+len(c.Routes))
	for i := range c.Policy {
		all = append(all, &c.Policy[i])
	}
	for i := range c.Routes {
		all = append(all, &c.Routes[i])
	}
	return all
}

// WithoutRoutes returns a copy without the routes, and without the places of values. Who
// needs neither keeps it: routes are most of a configuration.
func (c *Config) WithoutRoutes() *Config {
	kept := *c
	kept.Policy, kept.Routes, kept.trail = nil, nil, c.trail.WithoutPlaces()
	return &kept
}

// Fault returns a fault of the value at path, which it places in the file. If
// no value stands at path, the fault has the place of the nearest value around.
func (c *Config) Fault(path, found, expected, hint string) settings.Fault {
	return c.trail.Fault(path, found, expected, hint)
}
