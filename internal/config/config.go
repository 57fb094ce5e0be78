// Package config is Gatehouse's configuration: what the file may say, what it
// means when it says nothing, and whether what it says can be right.
//
// The form of the file is the tree of structs under [Config]. A field's tag
// names its key and its default, its comment is its documentation, and
// docs/configuration.md is made from both (go generate), so that neither can
// disagree with the code. A Pomerium configuration file is a valid file:
// Pomerium's keys stand at the top and in the routes, Gatehouse's own keys
// beside them, and the table in foreign.go says what happens to a key of
// Pomerium that Gatehouse has no use for.
//
// Loading goes through four steps, and each collects its faults instead of
// stopping at the first:
//
//	text ──parse──▶ tree of nodes, each with its line
//	     ──environment──▶ the same tree, variables laid over the file
//	     ──decode──▶ Config: keys known, types right, defaults filled in
//	     ──resolve──▶ files that the keys name, read
//	     ──Validate──▶ values right, each alone and together
//
// Policies are held as they were decoded: what they may say is known to the
// package policy. Its callers place a policy's faults in the file with
// [Config.Fault]. Nothing here opens a listener, a database or a connection.
package config

//go:generate go run ./gen

// Config is the whole of the configuration. The zero value lacks the defaults and
// is not valid: [Load] makes a Config, of an empty [Source] one with nothing but
// defaults. Who changes one afterwards, before anybody else has it, asks
// [Config.Validate]. Once in use it is never changed; [Watch] delivers a new one.
type Config struct {
	Listener
	SignIn
	Identity
	Upstreams
	State
	Operation

	// The directory of this installation: user pools compatible with Amazon
	// Cognito. Left out, Gatehouse serves no directory.
	Directory *Directory `key:"directory"`

	// Sign-in in the way of Cloudflare Access: the team domain and the identity
	// providers behind it. Left out, nothing of Cloudflare's interface is served.
	Access *Access `key:"access"`

	// The older name of `routes`. When both are given, these come first.
	Policy []Route `key:"policy"`

	// The gateway's routes. The first one that fits a request is taken.
	Routes []Route `key:"routes"`

	// TLS holds the certificates of all certificate keys, in the order
	// certificate, certificate_file, certificates. Load fills it in.
	TLS []KeyPair

	// Warnings are sentences for the log: what was accepted and has no effect.
	Warnings []string

	trail trail
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

// trail remembers where a Config came from. It is empty in one made by hand.
type trail struct {
	source Source
	places map[string]place  // path of a value → where it stands
	files  map[string]string // path of a file that was read → digest of its content
}
